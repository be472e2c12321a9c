import { beforeEach, describe, expect, test } from '@jest/globals';
import { TestIssuer, audience, issuer, nowMs, nowSeconds, type Answer } from '../fixtures/issuer.js';
import { TokenIntrospector } from './token-introspector.js';

const path = '/introspect';
const active = {
  active: true,
  token_type: 'Bearer',
  iss: issuer,
  sub: 'user-1',
  client_id: 'client-1',
  scope: 'openid read:resource',
  exp: nowSeconds + 300,
  iat: nowSeconds,
};
let now = nowMs;
let peer: TestIssuer;
let introspector: TokenIntrospector;

const answer = (members: Record<string, unknown>) => peer.answer(path, () => ({ body: members }));

beforeEach(() => {
  now = nowMs;
  peer = new TestIssuer();
  introspector = new TokenIntrospector({
    issuer,
    audience,
    dispatcher: peer.agent,
    clientId: 'rs',
    audiencelessScopes: ['read:resource', 'write:resource'],
    endpoint: () => Promise.resolve(`${issuer}${path}`),
    now: () => now,
  });
});

describe('TokenIntrospector (RFC 7662)', () => {
  test('asks by POST with the token, its hint and the client_id alone: the certificate authenticates (RFC 8705 §2)', async () => {
    answer(active);
    await introspector.verify('opaque');
    expect(peer.bodies).toEqual(['token=opaque&token_type_hint=access_token&client_id=rs']);
  });

  test('reads the claims of an active token (RFC 7662 §2.2)', async () => {
    answer({ ...active, aud: [audience, 'https://other.test'], acr: 'urn:a', auth_time: 5, jti: 'j', amr: ['pwd'] });
    expect(await introspector.verify('opaque')).toEqual({
      sub: 'user-1',
      client_id: 'client-1',
      scope: new Set(['openid', 'read:resource']),
      iss: issuer,
      aud: [audience, 'https://other.test'],
      exp: active.exp,
      iat: active.iat,
      jti: 'j',
      acr: 'urn:a',
      amr: ['pwd'],
      auth_time: 5,
      source: 'introspection',
    });
  });

  test('the client is the subject of a token without user', async () => {
    answer({ ...active, sub: undefined });
    expect((await introspector.verify('opaque')).sub).toBe('client-1');
  });

  test.each<[string, Record<string, unknown>, string]>([
    ['an inactive token', { active: false }, 'inactive'],
    ['a refresh token, which has no token_type', { token_type: undefined }, 'type'],
    ['a DPoP token (RFC 9449 §7.1)', { token_type: 'DPoP', cnf: { jkt: 'x' } }, 'type'],
    ['a certificate-bound token (RFC 8705 §3)', { cnf: { 'x5t#S256': 'x' } }, 'sender_constrained'],
    ['an empty cnf', { cnf: {} }, 'sender_constrained'],
    ['a null cnf', { cnf: null }, 'sender_constrained'],
    ['a token of another issuer', { iss: 'https://evil.test' }, 'issuer'],
    ['a token for another service', { aud: 'https://kms.test' }, 'audience'],
    ['a token for others', { aud: ['https://kms.test', `${audience}/`] }, 'audience'],
    ['a token without audience and without a scope of ours', { scope: 'openid kms:read' }, 'audience'],
    ['a token without scope', { scope: undefined }, 'audience'],
    ['an expired token, whatever the issuer says', { exp: nowSeconds }, 'expired'],
    ['a token without end', { exp: undefined }, 'claims'],
    ['a token not valid yet', { nbf: nowSeconds + 60 }, 'not_yet_valid'],
    ['a token without client', { client_id: undefined }, 'claims'],
    ['a malformed scope', { scope: 'a"b' }, 'claims'],
    ['a malformed aud', { aud: [1] }, 'claims'],
    ['an empty aud list', { aud: [] }, 'claims'],
    ['a malformed amr', { amr: 'pwd' }, 'claims'],
  ])('refuses %s', async (_, members, reason) => {
    answer({ ...active, ...members });
    await expect(introspector.verify('opaque')).rejects.toMatchObject({ name: 'InvalidToken', reason });
  });

  test('the scheme name is compared without case (RFC 6749 §5.1)', async () => {
    answer({ ...active, token_type: 'bearer' });
    await expect(introspector.verify('opaque')).resolves.toBeDefined();
  });

  test('by default no token without audience is accepted', async () => {
    const strict = new TokenIntrospector({
      ...{ issuer, audience, clientId: 'rs', dispatcher: peer.agent, now: () => now },
      endpoint: () => Promise.resolve(`${issuer}${path}`),
    });
    answer(active);
    await expect(strict.verify('opaque')).rejects.toMatchObject({ reason: 'audience' });
  });

  test('an answer is kept for 10 s: a revocation is noticed after that at the latest', async () => {
    answer(active);
    await introspector.verify('opaque');
    answer({ active: false });
    now += 9_999;
    await introspector.verify('opaque');
    now += 1;
    await expect(introspector.verify('opaque')).rejects.toMatchObject({ reason: 'inactive' });
    expect(peer.count(path)).toBe(2);
  });

  test('a cached token ends at its exp, not at the end of its time in the cache', async () => {
    answer({ ...active, exp: nowSeconds + 3 });
    await introspector.verify('opaque');
    now += 3_000;
    await expect(introspector.verify('opaque')).rejects.toMatchObject({ reason: 'expired' });
    expect(peer.count(path)).toBe(1);
  });

  test('a refusal is kept for 2 s', async () => {
    answer({ active: false });
    for (let i = 0; i < 5; i++) await introspector.verify('opaque').catch(() => undefined);
    expect(peer.count(path)).toBe(1);
    answer(active);
    now += 2_000;
    await expect(introspector.verify('opaque')).resolves.toMatchObject({ sub: 'user-1' });
  });

  test('parallel callers of one token share one question, each token has its own', async () => {
    answer(active);
    await Promise.all(Array.from({ length: 60 }, (_, i) => introspector.verify(`opaque-${i % 3}`)));
    expect(peer.count(path)).toBe(3);
  });

  test('no more than 256 questions are under way; a further token is asked to wait, a known question still shared', async () => {
    const gate = Promise.withResolvers<void>();
    peer.answer(path, async () => (await gate.promise, { body: active }));
    const asked = Array.from({ length: 256 }, (_, i) => introspector.verify(`opaque-${i}`));
    await expect(introspector.verify('one-too-many')).rejects.toMatchObject({ retryAfterSeconds: 1 });
    const shared = introspector.verify('opaque-7');
    gate.resolve();
    await Promise.all([...asked, shared]);
    await expect(introspector.verify('one-too-many')).resolves.toBeDefined();
  });

  test.each<[string, Answer]>([
    ['500', { status: 500 }],
    ['429', { status: 429 }],
    ['401: it is this service that is refused', { status: 401, body: { error: 'invalid_client' } }],
    ['400', { status: 400, body: { error: 'invalid_request' } }],
    ['200 without `active`', { body: {} }],
    ['200 with a text `active`', { body: { active: 'true' } }],
    ['200 with null', { body: 'null' }],
    ['200 with HTML', { body: '<html>', headers: { 'content-type': 'text/html' } }],
  ])('%s says nothing about the token: unavailable, and not remembered', async (_, reply) => {
    peer.answer(path, () => reply);
    await expect(introspector.verify('opaque')).rejects.toMatchObject({ name: 'AuthorizationServerUnavailable' });
    answer(active);
    await expect(introspector.verify('opaque')).resolves.toBeDefined();
  });

  test('a lost connection is unavailable; a token judged shortly before goes on', async () => {
    answer(active);
    await introspector.verify('known');
    peer.answer(path, () => {
      throw new Error('ECONNRESET');
    });
    await expect(introspector.verify('new')).rejects.toMatchObject({ name: 'AuthorizationServerUnavailable' });
    await expect(introspector.verify('known')).resolves.toBeDefined();
  });

  test('puts no question that a gate stops, but answers what it knows, and asks about tokens that were good', async () => {
    const gate = { ask: () => Promise.reject(new Error('stopped')) };
    answer({ ...active, active: false });
    await expect(introspector.verify('bad')).rejects.toMatchObject({ reason: 'inactive' });
    await expect(introspector.verify('bad', gate)).rejects.toMatchObject({ reason: 'inactive' });
    answer(active);
    await introspector.verify('opaque');
    await expect(introspector.verify('made-up', gate)).rejects.toThrow('stopped');
    now += 60_000;
    expect(peer.count(path)).toBe(2);
    expect((await introspector.verify('opaque', gate)).sub).toBe('user-1');
    await expect(introspector.verify('bad', gate)).rejects.toThrow('stopped');
    expect(peer.count(path)).toBe(3);
  });

  test('tells the gate on whose behalf it asks', async () => {
    answer(active);
    const callers: object[] = [];
    const gate = {
      ask: <T>(caller: object, question: () => Promise<T>) => {
        callers.push(caller);
        return question();
      },
    };
    const caller = {};
    await introspector.verify('opaque', gate, caller);
    expect(callers).toEqual([caller]);
  });
});
