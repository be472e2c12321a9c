import { algorithms, createPrivateKey, generateMaterial } from '@cryptoutil/crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CompactEncrypt, CompactSign, compactDecrypt, compactVerify, importJWK } from 'jose';
import { importer, oneRsaKey } from '../../test/import.fixture.js';
import { type KmsSuite, type Replica, adminScopes, api, bytes, kmsSuite } from '../../test/kms-suite.fixture.js';

/** Each way to manage keys once, and each way to encrypt content once; the hundred are in the matrix. */
const encryptions = algorithms.filter(
  (one, at, all) =>
    one.kind === 'jwe' &&
    (one.alg === 'A256KW' || all.findIndex((other) => other.kind === 'jwe' && other.alg === one.alg) === at),
);
const signatures = algorithms.filter(({ kind }) => kind === 'jws');

describe('jose on the other side, in both directions, through the HTTP API', () => {
  let suite: KmsSuite;
  let kms: Replica;
  let token: string;
  let rsa: Buffer;
  const keys = importer(
    () => kms,
    () => token,
  );
  beforeAll(async () => {
    suite = await kmsSuite();
    kms = await suite.startUnsealed();
    token = await suite.issuer.token(adminScopes);
    rsa = await oneRsaKey(kms);
  }, 120_000);
  afterAll(() => suite.close());

  const post = async (path: string, body: unknown) => (await kms.call('POST', `${api}/${path}`, { token, body })).body;
  /** A key that both sides have. */
  const shared = async (algorithm: (typeof algorithms)[number]) => {
    const { name, keyType } = algorithm;
    const alg = algorithm.kind === 'jwe' ? algorithm.alg : name;
    const material = keyType === 'RSA' ? Buffer.from(rsa) : await generateMaterial(name);
    const { id, kid } = await keys.bring(name, material);
    const key = keyType === 'oct' ? material : createPrivateKey({ key: material, format: 'der', type: 'pkcs8' });
    const jwks = (await kms.call('GET', `${api}/${id}/jwks`, { token })).body;
    return { id, kid, key, published: keyType === 'oct' ? key : await importJWK(jwks.keys[0], alg) };
  };
  const text = (value: Uint8Array) => Buffer.from(value).toString();

  it.each(signatures.map((one) => [one.name, one] as const))(
    '%s: either side verifies what the other signed',
    async (name, one) => {
      const { id, kid, key, published } = await shared(one);
      const { jws } = await post(`${id}/sign`, { payload: bytes('of the kms') });
      const verified = await compactVerify(jws, published);
      expect(text(verified.payload)).toBe('of the kms');
      const theirs = await new CompactSign(Buffer.from('of jose')).setProtectedHeader({ alg: name, kid }).sign(key);
      expect(await post(`${id}/verify`, { jws: theirs })).toEqual({ valid: true, payload: bytes('of jose') });
    },
  );

  it.each(encryptions.map((one) => [one.name, one] as const))(
    '%s: either side opens what the other encrypted',
    async (_, one) => {
      if (one.kind !== 'jwe') return;
      const { id, kid, key, published } = await shared(one);
      const { alg, enc } = one;
      const { jwe } = await post(`${id}/encrypt`, { plaintext: bytes('of the kms') });
      expect(text((await compactDecrypt(jwe, key)).plaintext)).toBe('of the kms');
      const theirs = await new CompactEncrypt(Buffer.from('of jose'))
        .setProtectedHeader({ alg, enc, kid })
        .encrypt(published);
      expect(await post(`${id}/decrypt`, { jwe: theirs })).toEqual({ plaintext: bytes('of jose') });
    },
  );
});
