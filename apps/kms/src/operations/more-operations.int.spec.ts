import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { base64url, decodeProtectedHeader, generatedKeyKinds, hmacSha256 } from '@cryptoutil/crypto';
import { type KmsSuite, type Replica, allScopes, api, bytes, kmsSuite } from '../../test/kms-suite.fixture.js';
import { operationRoutes } from './operation-routes.js';

describe('further operations', () => {
  let suite: KmsSuite;
  let kms: Replica;
  let token: string;
  const ids: Record<string, string> = {};
  beforeAll(async () => {
    suite = await kmsSuite();
    kms = await suite.startUnsealed();
    token = await suite.issuer.token(allScopes);
    for (const algorithm of ['A256KW+A256GCM', 'A256GCM', 'HS256', 'ES256']) {
      ids[algorithm] = (await kms.call('POST', api, { token, body: { name: algorithm, algorithm } })).body.id;
    }
  });
  afterAll(() => suite.close());

  const operate = (algorithm: string, operation: string, body: unknown) =>
    kms.call('POST', `${api}/${ids[algorithm]}/${operation}`, { token, body });
  const decrypted = async (algorithm: string, jwe: string, context?: string) =>
    base64url.decode((await operate(algorithm, 'decrypt', { jwe, context })).body.plaintext);

  it('a MAC is found genuine with its data and version alone', async () => {
    const { body } = await operate('HS256', 'mac', { data: bytes('data') });
    const verify = async (change: object) =>
      (await operate('HS256', 'mac-verify', { data: bytes('data'), ...body, ...change })).body;
    expect(base64url.decode(body.mac)).toHaveLength(32);
    expect(await verify({})).toEqual({ valid: true });
    await kms.call('POST', `${api}/${ids['HS256']}/rotate`, { token });
    expect(await verify({})).toEqual({ valid: true });
    expect((await operate('HS256', 'mac', { data: bytes('data') })).body.mac).not.toBe(body.mac);
    for (const change of [
      { data: bytes('other') },
      { mac: body.mac.slice(0, 40) },
      { mac: '' },
      { kid: 'unknown' },
      { kid: '0198c000-0000-7000-8000-000000000000' },
      { mac: base64url.encode(hmacSha256(Buffer.alloc(32), 'data')) },
    ])
      expect(await verify(change)).toEqual({ valid: false });
  });

  it('derived bytes are the same for the same version, salt and info, and differ for every other', async () => {
    const derive = async (body: object) => (await operate('HS256', 'derive', { info: bytes('i'), ...body })).body;
    const { derived, kid } = await derive({});
    expect(base64url.decode(derived)).toHaveLength(32);
    await kms.call('POST', `${api}/${ids['HS256']}/rotate`, { token });
    expect((await derive({ kid })).derived).toBe(derived);
    const others = [
      await derive({}),
      await derive({ kid, info: bytes('j') }),
      await derive({ kid, salt: bytes('s') }),
      await operate('HS256', 'mac', { data: bytes('i'), kid }).then(({ body }) => ({ derived: body.mac })),
    ];
    expect(new Set([derived, ...others.map((other) => other.derived)]).size).toBe(5);
    expect(base64url.decode((await derive({ bytes: 64 })).derived)).toHaveLength(64);
  });

  it('a data key is what its encrypted form opens to, with the same context, and can be kept back', async () => {
    const { body } = await operate('A256KW+A256GCM', 'data-key', { context: 'c' });
    expect(await decrypted('A256KW+A256GCM', body.jwe, 'c')).toEqual(base64url.decode(body.plaintext));
    const kept = (await operate('A256KW+A256GCM', 'data-key', { with_plaintext: false, bytes: 64 })).body;
    expect(Object.keys(kept)).toEqual(['jwe']);
    expect(await decrypted('A256KW+A256GCM', kept.jwe)).toHaveLength(64);
  });

  it.each(generatedKeyKinds.filter((kind) => kind !== 'RSA-4096'))(
    'a generated %s key is encrypted, its public half beside it',
    async (kind) => {
      const { body } = await operate('A256GCM', 'generate', { kind });
      const jwk = JSON.parse((await decrypted('A256GCM', body.jwe)).toString()) as Record<string, unknown>;
      if (kind.startsWith('oct')) expect(jwk).toEqual({ kty: 'oct', k: expect.any(String) });
      else expect(jwk).toMatchObject(body.public_jwk);
    },
  );

  it('a rewrapped message is under the current version, and under another context when asked', async () => {
    const old = (await operate('A256KW+A256GCM', 'encrypt', { plaintext: bytes('x'), context: 'a' })).body.jwe;
    const { current_kid } = (await kms.call('POST', `${api}/${ids['A256KW+A256GCM']}/rotate`, { token })).body;
    const { jwe } = (await operate('A256KW+A256GCM', 'rewrap', { jwe: old, context: 'a' })).body;
    expect(decodeProtectedHeader(jwe).kid).toBe(current_kid);
    expect((await decrypted('A256KW+A256GCM', jwe, 'a')).toString()).toBe('x');
    const moved = (await operate('A256KW+A256GCM', 'rewrap', { jwe, context: 'a', new_context: 'b' })).body.jwe;
    expect((await decrypted('A256KW+A256GCM', moved, 'b')).toString()).toBe('x');
    expect((await operate('A256KW+A256GCM', 'rewrap', { jwe: old })).body.code).toBe('decrypt_failed');
  });

  it('random bytes are of the length that was asked for, and fresh', async () => {
    const random = (count: unknown, options = { token }) =>
      kms.call('POST', '/service/api/v1/random', { ...options, body: { bytes: count } });
    for (const count of [1, 1024]) expect(base64url.decode((await random(count)).body.random)).toHaveLength(count);
    expect((await random(32)).body.random).not.toBe((await random(32)).body.random);
    for (const wrong of [0, 1025, 1.5, '16', null]) expect((await random(wrong)).status).toBe(400);
    expect((await random(16, { token: await suite.issuer.token('kms:read') })).status).toBe(403);
  });

  const bodies: Record<string, { algorithm: string; body: () => Promise<object> }> = {
    encrypt: { algorithm: 'A256GCM', body: () => Promise.resolve({ plaintext: bytes('x') }) },
    decrypt: {
      algorithm: 'A256GCM',
      body: async () => (await operate('A256GCM', 'encrypt', { plaintext: bytes('x') })).body as object,
    },
    rewrap: {
      algorithm: 'A256GCM',
      body: async () => (await operate('A256GCM', 'encrypt', { plaintext: bytes('x') })).body as object,
    },
    sign: { algorithm: 'ES256', body: () => Promise.resolve({ payload: bytes('x') }) },
    verify: {
      algorithm: 'ES256',
      body: async () => ({ jws: (await operate('ES256', 'sign', { payload: bytes('x') })).body.jws as string }),
    },
    mac: { algorithm: 'HS256', body: () => Promise.resolve({ data: bytes('x') }) },
    'mac-verify': {
      algorithm: 'HS256',
      body: async () => ({
        data: bytes('x'),
        ...((await operate('HS256', 'mac', { data: bytes('x') })).body as object),
      }),
    },
    generate: { algorithm: 'A256GCM', body: () => Promise.resolve({ kind: 'Ed25519' }) },
    'data-key': { algorithm: 'A256GCM', body: () => Promise.resolve({}) },
    derive: { algorithm: 'HS256', body: () => Promise.resolve({ info: bytes('x') }) },
  };

  it('are all in the table of this test', () => {
    expect(Object.keys(bodies).sort()).toEqual(operationRoutes.map(({ name }) => name).sort());
  });

  describe.each(Object.entries(bodies))('%s', (name, { algorithm, body }) => {
    it('does in a batch what it does alone, item by item', async () => {
      const item = await body();
      const alone = await operate(algorithm, name, item);
      expect(alone.status).toBe(200);
      const { status, body: batch } = await operate(algorithm, `${name}:batch`, {
        items: [{ reference: 'good', ...item }, { reference: 'wrong', nonsense: 1 }, item],
      });
      expect(status).toBe(200);
      const members = Object.keys(alone.body).sort();
      expect(batch.items.map((result: object) => Object.keys(result).sort())).toEqual([
        [...members, 'reference'].sort(),
        ['error', 'reference'],
        members,
      ]);
      expect(batch.items[1]).toEqual({ reference: 'wrong', error: { code: 'invalid_request' } });
    });

    it('says on a dry run that it could be done, and does nothing; or why it could not', async () => {
      const item = await body();
      const { body: answer } = await operate(algorithm, name, { ...item, dry_run: true });
      expect(answer).toEqual({ dry_run: true, kid: expect.any(String) });
      const batch = await operate(algorithm, `${name}:batch`, { items: [item], dry_run: true });
      expect(batch.body.items).toEqual([answer]);
      const wrong = algorithm === 'ES256' ? 'A256GCM' : 'ES256';
      const refusal = { status: 400, body: { code: 'algorithm_not_allowed' } };
      expect(await operate(wrong, name, { ...item, dry_run: true })).toMatchObject(refusal);
      expect(await operate(wrong, `${name}:batch`, { items: [item] })).toMatchObject(refusal);
    });

    it('needs its scope', async () => {
      const { scope } = operationRoutes.find((route) => route.name === name)!;
      const scopes = allScopes.split(' ').filter((one) => one !== scope);
      const without = await suite.issuer.token(scopes.join(' '));
      for (const path of [name, `${name}:batch`]) {
        expect(await kms.call('POST', `${api}/${ids[algorithm]}/${path}`, { token: without, body: {} })).toMatchObject({
          status: 403,
        });
      }
    });
  });
});
