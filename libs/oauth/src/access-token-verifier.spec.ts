import { beforeEach, describe, expect, test } from '@jest/globals';
import { TestIssuer, accessToken, audience, issuer, nowMs, nowSeconds, testKey } from '../fixtures/issuer.js';
import { AccessTokenVerifier } from './access-token-verifier.js';
import { InvalidToken } from './errors.js';

const key = testKey('key-1');
let peer: TestIssuer;
let verifier: AccessTokenVerifier;

let now = nowMs;
const options = () => ({ issuer, audience, dispatcher: peer.agent, clock: () => now });

beforeEach(() => {
  now = nowMs;
  peer = new TestIssuer([key]);
  peer.answer('/introspect', () => ({
    body: {
      active: true,
      token_type: 'Bearer',
      client_id: 'c',
      scope: 'read:resource',
      aud: audience,
      exp: nowSeconds + 60,
    },
  }));
  verifier = new AccessTokenVerifier({ ...options(), introspection: { clientId: 'rs' } });
});

describe('AccessTokenVerifier', () => {
  test('a JWT is verified here and never introspected', async () => {
    expect(await verifier.verify(accessToken(key))).toMatchObject({ sub: 'user-1', source: 'jwt' });
    expect(peer.count('/introspect')).toBe(0);
  });

  test('a refused JWT is not given a second chance by introspection', async () => {
    await expect(verifier.verify(accessToken(key, { signWith: null }))).rejects.toBeInstanceOf(InvalidToken);
    expect(peer.count('/introspect')).toBe(0);
  });

  test('an opaque token is introspected', async () => {
    expect(await verifier.verify('opaque-token')).toMatchObject({ sub: 'c', client_id: 'c', source: 'introspection' });
  });

  test('an opaque token is refused where introspection is not set up, without asking anyone', async () => {
    const local = new AccessTokenVerifier(options());
    await expect(local.verify('opaque-token')).rejects.toMatchObject({ reason: 'malformed' });
    expect(peer.requests.size).toBe(0);
  });

  test.each([
    ['', 'malformed'],
    ['a b', 'malformed'],
    ['a\nb', 'malformed'],
    ['a'.repeat(513), 'too_long'],
    [`${'a'.repeat(4_000)}.${'b'.repeat(4_000)}.${'c'.repeat(200)}`, 'too_long'],
  ])('refuses a token by its form alone, without asking anyone (case %#)', async (token, reason) => {
    await expect(verifier.verify(token)).rejects.toMatchObject({ reason });
    expect(peer.requests.size).toBe(0);
  });

  test('a JWE or any text with another number of dots is no JWT', async () => {
    peer.answer('/introspect', () => ({ body: { active: false } }));
    await expect(verifier.verify('a.b.c.d.e')).rejects.toMatchObject({ reason: 'inactive' });
  });

  test('an issuer without introspection endpoint makes opaque tokens unverifiable, not invalid', async () => {
    peer.answer('/.well-known/openid-configuration', () => ({ body: { issuer, jwks_uri: `${issuer}/jwks` } }));
    await expect(verifier.verify('opaque-token')).rejects.toMatchObject({ name: 'AuthorizationServerUnavailable' });
  });

  test('is ready once the keys were read, and stays so when the issuer leaves', async () => {
    peer.answer('/jwks', () => ({ status: 503 }));
    await expect(verifier.ready()).rejects.toMatchObject({ name: 'AuthorizationServerUnavailable' });
    const later = new AccessTokenVerifier(options());
    peer.publish([key]);
    await later.ready();
    peer.answer('/jwks', () => ({ status: 503 }));
    await later.ready();
    expect(peer.count('/jwks')).toBe(2);
  });

  test('a JWT without kid is refused even where one key alone could be meant', async () => {
    await expect(verifier.verify(accessToken(key, { header: { kid: undefined } }))).rejects.toMatchObject({
      reason: 'unknown_key',
    });
  });

  test('a JWT that was good is remembered until its end, not longer', async () => {
    const token = accessToken(key, { claims: { exp: nowSeconds + 30 } });
    const claims = await verifier.verify(token);
    expect(await verifier.verify(token)).toBe(claims);
    now += 29_999;
    expect(await verifier.verify(token)).toBe(claims);
    now += 1;
    await expect(verifier.verify(token)).rejects.toMatchObject({ reason: 'expired' });
  });

  test('a withdrawn key is withdrawn for remembered tokens too', async () => {
    const token = accessToken(key, { claims: { exp: nowSeconds + 3_600 } });
    await verifier.verify(token);
    peer.publish([testKey('key-2')]);
    now += 300_000;
    await expect(verifier.verify(token)).rejects.toMatchObject({ reason: 'unknown_key' });
  });

  test('a remembered token is good with the keys read anew when its key is still among them', async () => {
    const token = accessToken(key, { claims: { exp: nowSeconds + 3_600 } });
    await verifier.verify(token);
    now += 300_000;
    await expect(verifier.verify(token)).resolves.toMatchObject({ sub: 'user-1' });
  });

  test('a token that differs from a remembered one in its signature alone is refused', async () => {
    const token = accessToken(key);
    await verifier.verify(token);
    await expect(verifier.verify(token.slice(0, token.lastIndexOf('.') + 1))).rejects.toBeInstanceOf(InvalidToken);
  });

  test('uses the clock of the machine by default', async () => {
    const { clock: _clock, ...withoutClock } = options();
    await expect(new AccessTokenVerifier(withoutClock).verify(accessToken(key))).rejects.toMatchObject({
      reason: 'expired',
    });
  });

  test('what a client is told never carries anything from the token', async () => {
    const told = async (claims: Record<string, unknown>) =>
      verifier.verify(accessToken(key, { claims })).catch((error: InvalidToken) => [error.code, error.description]);
    expect(await told({ exp: 1 })).toEqual(['invalid_token', 'The access token expired']);
    expect(await told({ aud: 'x' })).toEqual(['invalid_token', 'The access token is meant for another service']);
    expect(await told({ cnf: { jkt: 'x' } })).toEqual([
      'invalid_token',
      'The access token is bound to a key and cannot be used as a bearer token',
    ]);
    expect(await told({ sub: '<script>', jti: 1 })).toEqual(['invalid_token', 'The access token is invalid']);
  });
});
