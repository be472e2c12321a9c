import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  base64url,
  decodeProtectedHeader,
  importPublicJwk,
  signJws,
  verifyBytes,
  verifyJws,
  importMaterial,
  generateMaterial,
} from '@cryptoutil/crypto';
import { type KmsSuite, type Replica, allScopes, api, bytes, kmsSuite } from '../../test/kms-suite.fixture.js';

describe('operations', () => {
  let suite: KmsSuite;
  let kms: Replica;
  let token: string;
  const keys: Record<string, { id: string; kid: string }> = {};
  const algorithms = ['ES256', 'RS256', 'EdDSA', 'A256KW+A256GCM', 'A256GCM'];
  beforeAll(async () => {
    suite = await kmsSuite();
    kms = await suite.startUnsealed();
    token = await suite.issuer.token(allScopes);
    for (const algorithm of algorithms) keys[algorithm] = await create(algorithm, algorithm);
  });
  afterAll(() => suite.close());

  const create = async (name: string, algorithm: string) => {
    const { status, body } = await kms.call('POST', api, { token, body: { name, algorithm } });
    expect(status).toBe(201);
    return { id: body.id as string, kid: body.current_kid as string };
  };
  const operate = (algorithm: string, operation: string, body: unknown) =>
    kms.call('POST', `${api}/${keys[algorithm]?.id ?? algorithm}/${operation}`, { token, body });
  const rotate = (algorithm: string) => kms.call('POST', `${api}/${keys[algorithm]!.id}/rotate`, { token });
  const jwks = async (algorithm: string) =>
    (await kms.call('GET', `${api}/${keys[algorithm]!.id}/jwks`, { token })).body.keys as {
      kid: string;
      alg: string;
      kty: string;
      crv?: string;
      n?: string;
    }[];

  describe.each(['A256KW+A256GCM', 'A256GCM'])('with %s', (algorithm) => {
    const [alg, enc] = algorithm === 'A256GCM' ? ['dir', 'A256GCM'] : ['A256KW', 'A256GCM'];

    it('encrypts to a compact JWE (RFC 7516 §7.1) whose alg, enc and kid are the key’s, and decrypts it', async () => {
      const { body } = await operate(algorithm, 'encrypt', { plaintext: bytes('secret') });
      expect(body.jwe.split('.')).toHaveLength(5);
      expect(decodeProtectedHeader(body.jwe)).toEqual({ alg, enc, kid: keys[algorithm]!.kid });
      expect(await operate(algorithm, 'decrypt', { jwe: body.jwe })).toMatchObject({
        status: 200,
        body: { plaintext: bytes('secret') },
      });
    });

    it('encrypts nothing, and 64 KiB, but not a byte more', async () => {
      for (const length of [0, 1, 65_536]) {
        const plaintext = base64url.encode(Buffer.alloc(length, 7));
        const { body } = await operate(algorithm, 'encrypt', { plaintext });
        expect((await operate(algorithm, 'decrypt', { jwe: body.jwe })).body.plaintext).toBe(plaintext);
      }
      const plaintext = base64url.encode(Buffer.alloc(65_537));
      expect(await operate(algorithm, 'encrypt', { plaintext })).toMatchObject({
        status: 413,
        body: { code: 'payload_too_large' },
      });
    });

    it('answers every failure to decrypt with the same problem', async () => {
      const { jwe } = (await operate(algorithm, 'encrypt', { plaintext: bytes('secret'), context: 'row 1' })).body;
      const plain = (await operate(algorithm, 'encrypt', { plaintext: bytes('secret') })).body.jwe as string;
      const other = await create(`other-${algorithm}`, algorithm);
      const foreign = (await operate(other.id, 'encrypt', { plaintext: bytes('secret') })).body.jwe as string;
      const parts = (jwe as string).split('.');
      const changed = (at: number, part: string) => parts.map((old, index) => (index === at ? part : old)).join('.');
      const header = (members: object) =>
        base64url.encode(Buffer.from(JSON.stringify({ ...decodeProtectedHeader(jwe), ...members })));
      const flipped = (at: number) => changed(at, (parts[at]!.startsWith('A') ? 'B' : 'A') + parts[at]!.slice(1));
      const failures: { jwe: string; context?: string }[] = [
        { jwe },
        { jwe, context: 'row 2' },
        { jwe: plain, context: 'row 1' },
        { jwe: foreign },
        { jwe: flipped(2), context: 'row 1' },
        { jwe: flipped(3), context: 'row 1' },
        { jwe: flipped(4), context: 'row 1' },
        { jwe: changed(4, parts[4]!.slice(0, -2)), context: 'row 1' },
        { jwe: changed(1, ''), context: 'row 1' },
        { jwe: changed(1, 'AAAA'), context: 'row 1' },
        { jwe: changed(0, header({ alg: 'dir', enc: 'A128GCM' })), context: 'row 1' },
        { jwe: changed(0, header({ alg: 'none' })), context: 'row 1' },
        { jwe: changed(0, header({ alg: 'RSA-OAEP' })), context: 'row 1' },
        { jwe: changed(0, header({ zip: 'DEF' })), context: 'row 1' },
        { jwe: changed(0, header({ crit: ['x'], x: 1 })), context: 'row 1' },
        { jwe: changed(0, header({ kid: other.kid })), context: 'row 1' },
        { jwe: changed(0, header({ kid: 'no uuid' })), context: 'row 1' },
        { jwe: changed(0, header({ kid: undefined })), context: 'row 1' },
        { jwe: `${jwe}=`, context: 'row 1' },
        { jwe: '' },
        { jwe: '....' },
        { jwe: 'a.b.c' },
        { jwe: 'eyJhbGciOiJkaXIifQ....' },
      ];
      const answers = await Promise.all(failures.map((body) => operate(algorithm, 'decrypt', body)));
      // An empty encrypted key is what `dir` has: there it is no change.
      const seen = answers.map(({ status, body }) => ({ ...body, request_id: undefined, status }));
      seen.forEach((answer, at) => {
        if (algorithm === 'A256GCM' && at === 8) expect(answer.status).toBe(200);
        else expect(answer).toEqual(seen[0]);
      });
      expect(seen[0]).toMatchObject({ status: 400, code: 'decrypt_failed' });
      expect(await operate(algorithm, 'decrypt', { jwe, context: 'row 1' })).toMatchObject({ status: 200 });
    });

    it('goes on decrypting older versions after rotation and encrypts with the new one', async () => {
      const { jwe } = (await operate(algorithm, 'encrypt', { plaintext: bytes('old') })).body;
      const { body } = await rotate(algorithm);
      expect(body.current_version).toBe(2);
      const next = (await operate(algorithm, 'encrypt', { plaintext: bytes('new') })).body.jwe;
      expect(decodeProtectedHeader(next).kid).toBe(body.current_kid);
      expect((await operate(algorithm, 'decrypt', { jwe })).body.plaintext).toBe(bytes('old'));
      expect((await operate(algorithm, 'decrypt', { jwe: next })).body.plaintext).toBe(bytes('new'));
    });

    it('neither signs nor verifies, and publishes no keys', async () => {
      for (const [operation, body] of [
        ['sign', { payload: bytes('x') }],
        ['verify', { jws: 'a.b.c' }],
        ['sign:batch', { items: [{ payload: bytes('x') }] }],
      ] as const) {
        expect(await operate(algorithm, operation, body)).toMatchObject({
          status: 400,
          body: { code: 'algorithm_not_allowed' },
        });
      }
      expect(await jwks(algorithm)).toEqual([]);
    });
  });

  it('counts the messages of a dir key in the database, over replicas, and stops before 2^32 (SP 800-38D §8.3)', async () => {
    const { id, kid } = await create('counted', 'A256GCM');
    const count = async () =>
      (
        await suite.database.sql<{ message_count: string }>('SELECT message_count FROM material_keys WHERE id = $1', [
          kid,
        ])
      )[0]!.message_count;
    const encrypt = () => operate(id, 'encrypt', { plaintext: bytes('x') });
    await encrypt();
    expect(await count()).toBe('256');
    for (let n = 0; n < 256; n += 1) expect((await encrypt()).status).toBe(200);
    expect(await count()).toBe('512');
    await suite.database.sql('UPDATE material_keys SET message_count = $1 WHERE id = $2', [String(2 ** 32 - 10), kid]);
    const answers = await Promise.all(Array.from({ length: 270 }, encrypt));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(255 + 10);
    const refused = answers.find(({ status }) => status !== 200)!;
    expect(refused).toMatchObject({ status: 409, body: { code: 'message_limit' } });
    expect(await count()).toBe(String(2 ** 32));
    await kms.call('POST', `${api}/${id}/rotate`, { token });
    expect(await encrypt()).toMatchObject({ status: 200 });
  });

  describe.each(['ES256', 'RS256', 'EdDSA'])('with %s', (algorithm) => {
    it('signs a payload to a compact JWS (RFC 7515 §7.1) that verifies under the published key', async () => {
      const { body } = await operate(algorithm, 'sign', { payload: bytes('payload') });
      expect(decodeProtectedHeader(body.jws)).toEqual({ alg: algorithm, kid: keys[algorithm]!.kid });
      const [published] = await jwks(algorithm);
      expect(published).toMatchObject({ kid: body.kid, alg: algorithm, use: 'sig' });
      const { payload } = await verifyJws(importPublicJwk(algorithm, published!), body.jws);
      expect(payload.toString()).toBe('payload');
      expect((await operate(algorithm, 'verify', { jws: body.jws })).body).toEqual({
        valid: true,
        payload: bytes('payload'),
      });
    });

    it('signs a signing input as it is, with the raw signature of RFC 7518 §3', async () => {
      const input = Buffer.from('eyJhbGciOiJFUzI1NiJ9.e30');
      const { body } = await operate(algorithm, 'sign', { signing_input: base64url.encode(input) });
      const material = importPublicJwk(algorithm, (await jwks(algorithm))[0]!);
      expect(await verifyBytes(material, input, base64url.decode(body.signature))).toBe(true);
    });

    it('finds nothing valid in a message that is changed, of another key, or of another algorithm', async () => {
      const { jws } = (await operate(algorithm, 'sign', { payload: bytes('payload') })).body;
      const [header, payload, signature] = (jws as string).split('.') as [string, string, string];
      const stranger = importMaterial('HS256', await generateMaterial('HS256'));
      const forged = await signJws(stranger, Buffer.from('payload'), { kid: keys[algorithm]!.kid });
      const none = base64url.encode(Buffer.from(JSON.stringify({ alg: 'none', kid: keys[algorithm]!.kid })));
      const attempts = [
        `${header}.${bytes('other')}.${signature}`,
        `${header}.${payload}.${signature.slice(2)}`,
        `${header}.${payload}.`,
        `${none}.${payload}.`,
        `${jws}=`,
        forged,
        (await operate(algorithm === 'ES256' ? 'EdDSA' : 'ES256', 'sign', { payload: bytes('payload') })).body.jws,
        'a.b.c',
        '',
      ];
      for (const attempt of attempts)
        expect((await operate(algorithm, 'verify', { jws: attempt })).body).toEqual({ valid: false });
    });

    it('neither encrypts nor decrypts', async () => {
      for (const [operation, body] of [
        ['encrypt', { plaintext: bytes('x') }],
        ['decrypt', { jwe: 'a.b.c.d.e' }],
      ] as const) {
        expect(await operate(algorithm, operation, body)).toMatchObject({
          status: 400,
          body: { code: 'algorithm_not_allowed' },
        });
      }
    });

    it('verifies older versions after rotation, publishes all of them, and signs with an older one when asked by kid', async () => {
      const before = (await operate(algorithm, 'sign', { payload: bytes('old') })).body;
      const { current_kid } = (await rotate(algorithm)).body;
      expect((await operate(algorithm, 'verify', { jws: before.jws })).body.valid).toBe(true);
      expect((await jwks(algorithm)).map(({ kid }) => kid)).toEqual([current_kid, before.kid]);
      expect((await operate(algorithm, 'sign', { payload: bytes('new') })).body.kid).toBe(current_kid);
      expect((await operate(algorithm, 'sign', { payload: bytes('new'), kid: before.kid })).body.kid).toBe(before.kid);
      expect(await operate(algorithm, 'sign', { payload: bytes('new'), kid: keys['A256GCM']!.kid })).toMatchObject({
        status: 404,
        body: { code: 'key_not_found' },
      });
    });
  });

  it('makes RSA keys of 3072 bit', async () => {
    expect(base64url.decode((await jwks('RS256'))[0]!.n!)).toHaveLength(384);
  });

  it.each([
    ['encrypt', { plaintext: 'a+b' }, 'plaintext'],
    ['encrypt', { plaintext: 'QQ==' }, 'plaintext'],
    ['encrypt', {}, 'plaintext'],
    ['encrypt', { plaintext: bytes('x'), context: '' }, 'context'],
    ['encrypt', { plaintext: bytes('x'), alg: 'dir' }, 'alg'],
    ['decrypt', { jwe: 7 }, 'jwe'],
    ['decrypt', { jwe: 'x', enc: 'A256GCM' }, 'enc'],
    ['sign', {}, 'payload'],
    ['sign', { payload: bytes('x'), signing_input: bytes('x') }, 'payload'],
    ['verify', { jws: null }, 'jws'],
  ])('refuses %s of %j, naming the field', async (operation, body, name) => {
    expect(await operate('A256GCM', operation, body)).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', fields: [{ name }] },
    });
  });

  it('refuses a plaintext that is not canonical base64url', async () => {
    expect(await operate('A256GCM', 'encrypt', { plaintext: 'QQB' })).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', field: 'plaintext' },
    });
  });

  it('answers a path in every spelling that the framework would take for the same', async () => {
    const { id } = keys['ES256']!;
    const code = async (method: string, path: string) => {
      const { status, body } = await kms.call(method, path, { token, body: { payload: bytes('x') } });
      return body.code ?? status;
    };
    const path = `${api}/${id}/sign`;
    for (const same of [`${path}/`, `${path}?x=y`, path.replace('service', 'Service').replace('sign', 'SIGN')])
      expect(await code('POST', same)).toBe(200);
    expect(await code('POST', `${api}/${id.replace('-', '%2d')}/sign`)).toBe(200);
    expect(await code('POST', `${api}/%/sign`)).toBe('invalid_request');
    expect(await code('PUT', path)).toBe('method_not_allowed');
    expect(await code('POST', `${path}//`)).toBe('not_found');
  });

  it('answers 404 for a key that is not there, whatever its id looks like', async () => {
    for (const id of ['0198c000-0000-7000-8000-000000000000', 'x', '%2e%2e', "'; DROP TABLE elastic_keys; --"]) {
      expect(await operate(encodeURIComponent(id), 'encrypt', { plaintext: bytes('x') })).toMatchObject({
        status: 404,
        body: { code: 'key_not_found' },
      });
    }
  });
});
