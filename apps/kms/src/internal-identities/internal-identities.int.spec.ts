import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testPki } from '@cryptoutil/testing';
import { Agent, request } from 'undici';
import { type KmsSuite, type Replica, allScopes, api, bytes, kmsSuite } from '../../test/kms-suite.fixture.js';
import { internalIdentities } from './internal-identities.js';

describe('internal identities', () => {
  let suite: KmsSuite;
  let kms: Replica;
  let token: string;
  let tokenKey: string;
  /** Each identity's own key. */
  const own: Record<string, string> = {};
  beforeAll(async () => {
    suite = await kmsSuite();
    kms = await suite.startUnsealed();
    token = await suite.issuer.token(allScopes);
    tokenKey = (await kms.call('POST', api, { token, body: { name: 'token-signing', algorithm: 'ES256' } })).body.id;
    for (const identity of Object.keys(internalIdentities)) {
      own[identity] = (await kms.call('GET', api, { identity })).body.items[0].id;
    }
  });
  afterAll(() => suite.close());

  const operations: Record<string, (id: string) => [string, string, unknown?]> = {
    read: (id) => ['GET', `${api}/${id}`],
    jwks: (id) => ['GET', `${api}/${id}/jwks`],
    encrypt: (id) => ['POST', `${api}/${id}/encrypt`, { plaintext: bytes('x') }],
    decrypt: (id) => ['POST', `${api}/${id}/decrypt`, { jwe: 'x' }],
    sign: (id) => ['POST', `${api}/${id}/sign`, { signing_input: bytes('x') }],
    'sign:batch': (id) => ['POST', `${api}/${id}/sign:batch`, { items: [{ signing_input: bytes('x') }] }],
    verify: (id) => ['POST', `${api}/${id}/verify`, { jws: 'x' }],
    rotate: (id) => ['POST', `${api}/${id}/rotate`],
    create: () => ['POST', api, { name: 'another' }],
  };
  const attempt = async (identity: string, operation: string, id: string) => {
    const [method, path, body] = operations[operation]!(id);
    const answer = await kms.call(method, path, { identity, body });
    return `${answer.status} ${answer.body.code ?? ''}`.trim();
  };

  it('finds each its own key and no other, made when the kms was unsealed', async () => {
    for (const [identity, keys] of Object.entries(internalIdentities)) {
      const { body } = await kms.call('GET', api, { identity });
      expect(
        body.items.map(({ name, algorithm }: { name: string; algorithm: string }) => ({ name, algorithm })),
      ).toEqual(keys.map(({ name, algorithm }) => ({ name, algorithm })));
      expect(body.total).toBe(keys.length);
      expect((await kms.call('GET', `${api}?name=token-signing`, { identity })).body.total).toBe(
        identity === 'authz' ? 1 : 0,
      );
    }
  });

  const denied = '403 operation_not_allowed';
  it.each<[string, Record<string, string>]>([
    [
      'authz',
      { read: '200', jwks: '200', sign: '200', 'sign:batch': '200', verify: denied, encrypt: denied, decrypt: denied },
    ],
    [
      'idp',
      {
        read: '200',
        jwks: '200',
        encrypt: '200',
        decrypt: '400 decrypt_failed',
        sign: denied,
        'sign:batch': denied,
        verify: denied,
      },
    ],
    [
      'rs',
      {
        read: '200',
        jwks: '200',
        encrypt: '200',
        decrypt: '400 decrypt_failed',
        sign: denied,
        'sign:batch': denied,
        verify: denied,
      },
    ],
  ])('lets %s do with its own key exactly what is declared', async (identity, expected) => {
    for (const [operation, outcome] of Object.entries(expected)) {
      expect({ operation, outcome: await attempt(identity, operation, own[identity]!) }).toEqual({
        operation,
        outcome,
      });
    }
    expect(await attempt(identity, 'rotate', own[identity]!)).toBe('403 identity_not_allowed');
    expect(await attempt(identity, 'create', '')).toBe('403 identity_not_allowed');
  });

  it('answers 404 for every key of another tenant, and so for keys that do not exist', async () => {
    const ids = [...Object.values(own), tokenKey, '0198c000-0000-7000-8000-000000000000'];
    for (const identity of Object.keys(internalIdentities)) {
      for (const id of ids.filter((one) => one !== own[identity])) {
        for (const operation of ['read', 'jwks', 'encrypt', 'decrypt', 'sign', 'sign:batch', 'verify']) {
          expect({ identity, operation, outcome: await attempt(identity, operation, id) }).toEqual({
            identity,
            operation,
            outcome: '404 key_not_found',
          });
        }
      }
    }
  });

  it('lets no token reach the keys of a service, whatever its scopes, and none of them with its certificate beside', async () => {
    const admin = await suite.issuer.token(`${allScopes} kms:admin`);
    for (const id of Object.values(own)) {
      for (const operation of Object.keys(operations).filter((name) => name !== 'create')) {
        const [method, path, body] = operations[operation]!(id);
        for (const identity of [undefined, 'authz', 'idp', 'rs']) {
          expect(await kms.call(method, path, { token: admin, identity, body })).toMatchObject({
            status: 404,
            body: { code: 'key_not_found' },
          });
        }
      }
    }
  });

  it('lets identities without keys do nothing with keys', async () => {
    for (const operation of ['read', 'jwks', 'encrypt', 'decrypt', 'sign', 'verify']) {
      expect(await attempt('kms', operation, own['authz']!)).toBe('403 identity_not_allowed');
    }
    expect(await kms.call('GET', api, { identity: 'kms' })).toMatchObject({ status: 403 });
  });

  it('lets operators see no key of a service, and use none at all', async () => {
    expect(await attempt('ops', 'read', own['authz']!)).toBe('404 key_not_found');
    for (const operation of ['jwks', 'encrypt', 'decrypt', 'sign', 'verify']) {
      for (const id of [own['authz']!, tokenKey]) {
        expect(await attempt('ops', operation, id)).toBe('403 identity_not_allowed');
      }
    }
  });

  it('takes a certificate of another authority for none', async () => {
    const stranger = await testPki();
    const { certificatePem, privateKeyPem } = await stranger.issue({ identity: 'authz' });
    const dispatcher = new Agent({ connect: { ca: suite.pki.caPem, cert: certificatePem, key: privateKeyPem } });
    const answer = await request(`${kms.kms.url}${api}`, { dispatcher });
    expect(answer.statusCode).toBe(401);
    await answer.body.dump();
    await dispatcher.close();
    await stranger.close();
  });

  describe('scopes of tokens', () => {
    const needed: Record<string, string[]> = {
      read: ['kms:read', 'kms:admin'],
      jwks: ['kms:read', 'kms:verify', 'kms:admin'],
      encrypt: ['kms:encrypt'],
      decrypt: ['kms:decrypt'],
      sign: ['kms:sign'],
      'sign:batch': ['kms:sign'],
      verify: ['kms:verify'],
      rotate: ['kms:write', 'kms:admin'],
      create: ['kms:write', 'kms:admin'],
    };
    const scopes = [
      'kms:admin',
      'kms:read',
      'kms:write',
      'kms:encrypt',
      'kms:decrypt',
      'kms:sign',
      'kms:verify',
      'kms:wrap',
      'kms:unwrap',
      'kms:generate',
      'openid',
    ];

    it.each(Object.keys(needed))('open %s exactly where they should', async (operation) => {
      const [method, path, body] = operations[operation]!(tokenKey);
      for (const scope of scopes) {
        const { status, headers } = await kms.call(method, path, { token: await suite.issuer.token(scope), body });
        if (needed[operation]!.includes(scope))
          expect({ scope, denied: status === 403 }).toEqual({ scope, denied: false });
        else {
          expect({ scope, status }).toEqual({ scope, status: 403 });
          expect(headers['www-authenticate']).toContain('insufficient_scope');
        }
      }
      expect(await kms.call(method, path, { body })).toMatchObject({ status: 401 });
    });

    it.each<[string, Record<string, unknown>]>([
      ['for another audience', { aud: 'https://localhost:8082' }],
      ['of another issuer', { iss: 'https://localhost:1' }],
      ['that expired', { exp: 1 }],
    ])('do not count in a token %s', async (_, claims) => {
      const wrong = await suite.issuer.token(allScopes, claims);
      expect(await kms.call('GET', api, { token: wrong })).toMatchObject({
        status: 401,
        body: { code: 'invalid_token' },
      });
    });
  });
});
