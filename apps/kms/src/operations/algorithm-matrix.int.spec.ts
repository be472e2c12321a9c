import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  algorithms,
  decodeProtectedHeader,
  encryptJwe,
  generateMaterial,
  importPublicJwk,
  type JsonWebKey,
  verifyJws,
} from '@cryptoutil/crypto';
import { MaterialSource } from '../elastic-keys/material-source.js';
import { type KmsSuite, type Replica, allScopes, api, bytes, kmsSuite } from '../../test/kms-suite.fixture.js';

describe('every algorithm of the contract, through the HTTP API', () => {
  let suite: KmsSuite;
  let kms: Replica;
  let token: string;
  beforeAll(async () => {
    suite = await kmsSuite();
    kms = await suite.startUnsealed();
    token = await suite.issuer.token(allScopes);
    // Making 24 RSA keys takes longer than all the rest, and shows nothing more than making one.
    const source = kms.kms.app.get(MaterialSource, { strict: false });
    const generate = source.generate.bind(source);
    const rsa = await generateMaterial('RS256');
    source.generate = (algorithm, bits) =>
      algorithm.keyType === 'RSA' ? Promise.resolve(Buffer.from(rsa)) : generate(algorithm, bits);
  });
  afterAll(() => suite.close());

  const post = async (path: string, body: unknown) => kms.call('POST', `${api}${path}`, { token, body });
  const create = async (algorithm: string) =>
    (await post('', { name: `key for ${algorithm}`, algorithm })).body as { id: string; current_kid: string };
  const publicKeys = async (id: string) =>
    (await kms.call('GET', `${api}/${id}/jwks`, { token })).body.keys as JsonWebKey[];

  it('is a hundred', () => {
    expect(algorithms).toHaveLength(100);
    expect(new Set(algorithms.map(({ name }) => name)).size).toBe(100);
  });

  it.each(algorithms.filter(({ kind }) => kind === 'jwe').map(({ name }) => name))(
    '%s encrypts and decrypts, with what others encrypt to its public key, and nothing that was changed',
    async (algorithm) => {
      const { alg, enc } = algorithms.find(({ name }) => name === algorithm)!;
      const { id, current_kid: kid } = await create(algorithm);
      const { jwe } = (await post(`/${id}/encrypt`, { plaintext: bytes('secret'), context: 'c' })).body;
      expect(decodeProtectedHeader(jwe)).toMatchObject({ alg, enc, kid });
      expect((await post(`/${id}/decrypt`, { jwe, context: 'c' })).body).toEqual({ plaintext: bytes('secret') });
      const parts = (jwe as string).split('.');
      const flipped = [...parts.slice(0, 4), (parts[4]!.startsWith('A') ? 'B' : 'A') + parts[4]!.slice(1)].join('.');
      for (const body of [{ jwe }, { jwe: flipped, context: 'c' }])
        expect((await post(`/${id}/decrypt`, body)).body.code).toBe('decrypt_failed');
      const [published] = await publicKeys(id);
      expect(published === undefined).toBe(!alg.startsWith('RSA') && !alg.startsWith('ECDH'));
      if (!published) return;
      const foreign = await encryptJwe(importPublicJwk(algorithm, published), Buffer.from('from outside'), { kid });
      expect((await post(`/${id}/decrypt`, { jwe: foreign })).body).toEqual({ plaintext: bytes('from outside') });
    },
  );

  it.each(algorithms.filter(({ kind }) => kind === 'jws').map(({ name }) => name))(
    '%s signs and verifies, and others verify with its public key',
    async (algorithm) => {
      const { id } = await create(algorithm);
      const { jws } = (await post(`/${id}/sign`, { payload: bytes('payload') })).body;
      expect(decodeProtectedHeader(jws).alg).toBe(algorithm);
      expect((await post(`/${id}/verify`, { jws })).body).toEqual({ valid: true, payload: bytes('payload') });
      const [header, , signature] = (jws as string).split('.');
      expect((await post(`/${id}/verify`, { jws: `${header}.${bytes('other')}.${signature}` })).body).toEqual({
        valid: false,
      });
      const [published] = await publicKeys(id);
      expect(published === undefined).toBe(algorithm.startsWith('HS'));
      if (!published) return;
      expect((await verifyJws(importPublicJwk(algorithm, published), jws)).payload.toString()).toBe('payload');
    },
  );
});
