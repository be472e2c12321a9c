import { beforeEach, describe, expect, test } from '@jest/globals';
import { TestIssuer, accessToken, audience, issuer, nowMs, nowSeconds, testKey } from '../fixtures/issuer.js';
import { AccessTokenVerifier } from './access-token-verifier.js';
import { InvalidToken } from './errors.js';

const key = testKey('key-1');
let peer: TestIssuer;
let verifier: AccessTokenVerifier;

const options = () => ({ issuer, audience, dispatcher: peer.agent, clock: () => nowMs });

beforeEach(() => {
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
