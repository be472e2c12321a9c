import { createPublicKey } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import {
  accessToken,
  audience,
  goodClaims,
  issuer,
  nowMs,
  nowSeconds,
  testKey,
  type TestKey,
  type TokenParts,
} from '../fixtures/issuer.js';
import { verifyJwtAccessToken } from './jwt-access-token.js';
import { signingKeys } from './signing-keys.js';

const key = testKey('key-1');
const other = testKey('key-2');
const published = (...keys: TestKey[]) => signingKeys({ keys: keys.map(({ jwk }) => jwk) })!.resolve;
const options = { issuer, audience, findKey: published(key, other), now: () => nowMs };
const verify = (token: string) => verifyJwtAccessToken(token, options);
const reasonOf = (token: string) =>
  verify(token).then(
    () => 'accepted',
    (error: { reason?: string }) => error.reason ?? error,
  );

const publicPem = createPublicKey(key.privateKey).export({ type: 'spki', format: 'pem' });

describe('verifyJwtAccessToken (RFC 9068 §4)', () => {
  test('reads the claims of a good token', async () => {
    const claims = { acr: 'urn:a', amr: ['pwd', 'otp'], auth_time: nowSeconds - 9 };
    expect(await verify(accessToken(key, { claims }))).toEqual({
      ...{ sub: 'user-1', client_id: 'client-1', iss: issuer, aud: [audience], jti: 'jti-1' },
      ...{ exp: goodClaims.exp, iat: goodClaims.iat, scope: new Set(['read:resource', 'write:resource']) },
      ...{ ...claims, source: 'jwt' },
    });
  });

  test.each(['ES256', 'RS256', 'PS256', 'EdDSA'] as const)('accepts %s', async (alg) => {
    const signer = testKey('k', alg);
    const findKey = published(signer);
    await expect(verifyJwtAccessToken(accessToken(signer), { ...options, findKey })).resolves.toMatchObject({
      sub: 'user-1',
    });
  });

  const accepted: [string, TokenParts][] = [
    ['the media type in full', { header: { typ: 'application/at+jwt' } }],
    ['the type in another case (RFC 7515 §4.1.9)', { header: { typ: 'AT+JWT' } }],
    ['a list of audiences that contains ours', { claims: { aud: ['https://kms.test', audience] } }],
    ['no scope at all', { claims: { scope: undefined } }],
    ['an empty scope', { claims: { scope: '' } }],
    ['iat 10 s ahead', { claims: { iat: nowSeconds + 10 } }],
    ['nbf 10 s ahead', { claims: { nbf: nowSeconds + 10 } }],
    ['one second before its end', { claims: { exp: nowSeconds + 1 } }],
  ];
  test.each(accepted)('accepts %s', async (_, parts) => {
    expect(await reasonOf(accessToken(key, parts))).toBe('accepted');
  });

  const refused: [string, TokenParts, string][] = [
    ['alg none (RFC 8725 §3.2)', { header: { alg: 'none' }, signWith: null }, 'algorithm'],
    ['alg None', { header: { alg: 'None' }, signWith: null }, 'algorithm'],
    [
      'HS256 with the public key as its secret (RFC 8725 §2.1)',
      { header: { alg: 'HS256' }, signWith: Buffer.from(publicPem) },
      'algorithm',
    ],
    ['an algorithm outside the list', { header: { alg: 'ES384' } }, 'algorithm'],
    ['an algorithm of another key type', { header: { alg: 'RS256' } }, 'unknown_key'],
    ['an alg that is a list', { header: { alg: ['ES256'] } }, 'malformed'],
    ['an ID token (typ JWT)', { header: { typ: 'JWT' } }, 'type'],
    ['no typ', { header: { typ: undefined } }, 'type'],
    ['a typ that is no text', { header: { typ: ['at+jwt'] } }, 'malformed'],
    ['a logout token', { header: { typ: 'logout+jwt' } }, 'type'],
    ['jwk in the header (RFC 8725 §3.10)', { header: { jwk: key.jwk } }, 'header'],
    ['jku in the header', { header: { jku: 'https://evil.test/jwks' } }, 'header'],
    ['x5u in the header', { header: { x5u: 'https://evil.test/cert' } }, 'header'],
    ['x5c in the header', { header: { x5c: ['MIIB'] } }, 'header'],
    ['crit in the header (RFC 7515 §4.1.11)', { header: { crit: ['exp'], exp: 1 } }, 'header'],
    ['b64 in the header (RFC 7797)', { header: { b64: false } }, 'header'],
    ['zip in the header', { header: { zip: 'DEF' } }, 'header'],
    ['no kid', { header: { kid: undefined } }, 'unknown_key'],
    ['an empty kid', { header: { kid: '' } }, 'unknown_key'],
    ['a kid that is no text', { header: { kid: { $ne: '' } } }, 'malformed'],
    ['a kid of 257 characters', { header: { kid: 'k'.repeat(257) } }, 'unknown_key'],
    ['a kid the issuer does not publish', { header: { kid: '../../dev/null' } }, 'unknown_key'],
    ['a kid named like an object member', { header: { kid: '__proto__' } }, 'unknown_key'],
    ['a header that is no JSON', { header: '{"alg":' }, 'malformed'],
    ['a header that is a list', { header: '[]' }, 'malformed'],
    ['a header that is null', { header: 'null' }, 'malformed'],
    ['a signature of another key of the issuer', { signWith: other.privateKey }, 'signature'],
    ['a token without signature', { signWith: null }, 'signature'],
    ['claims that are no JSON', { claims: '{"iss":' }, 'malformed'],
    ['claims that are a list', { claims: '[]' }, 'malformed'],
    ['another issuer', { claims: { iss: 'https://evil.test' } }, 'issuer'],
    ['the issuer with a slash more', { claims: { iss: `${issuer}/` } }, 'issuer'],
    ['no issuer', { claims: { iss: undefined } }, 'issuer'],
    ['another audience', { claims: { aud: 'https://kms.test' } }, 'audience'],
    ['a list of other audiences', { claims: { aud: ['https://kms.test', `${audience}.evil`] } }, 'audience'],
    ['no audience', { claims: { aud: undefined } }, 'audience'],
    ['an empty list of audiences', { claims: { aud: [] } }, 'audience'],
    ['an audience that is no text', { claims: { aud: { '0': audience } } }, 'audience'],
    ['a list with one that is no text', { claims: { aud: [audience, 1] } }, 'audience'],
    ['a token at its end', { claims: { exp: nowSeconds } }, 'expired'],
    ['no exp', { claims: { exp: undefined } }, 'claims'],
    ['an exp in text', { claims: { exp: `${nowSeconds + 300}` } }, 'claims'],
    ['iat 60 s ahead', { claims: { iat: nowSeconds + 60 } }, 'not_yet_valid'],
    ['nbf 60 s ahead', { claims: { nbf: nowSeconds + 60 } }, 'not_yet_valid'],
    ['nbf 11 s ahead', { claims: { nbf: nowSeconds + 11 } }, 'not_yet_valid'],
    ['no iat', { claims: { iat: undefined } }, 'claims'],
    ['no sub', { claims: { sub: undefined } }, 'claims'],
    ['an empty sub', { claims: { sub: '' } }, 'claims'],
    ['a sub beyond 255 characters (OpenID Connect Core §2)', { claims: { sub: 'a'.repeat(256) } }, 'claims'],
    ['a sub with NUL', { claims: { sub: 'a\0' } }, 'claims'],
    ['a sub with a line end', { claims: { sub: 'a\n' } }, 'claims'],
    ['a sub that is no text', { claims: { sub: 1 } }, 'claims'],
    ['no client_id', { claims: { client_id: undefined } }, 'claims'],
    ['no jti', { claims: { jti: undefined } }, 'claims'],
    ['a scope that is a list', { claims: { scope: ['read:resource'] } }, 'claims'],
    ['a scope with a double space', { claims: { scope: 'a  b' } }, 'claims'],
    ['a scope with a quote', { claims: { scope: 'a"' } }, 'claims'],
    ['a DPoP-bound token as a bearer token (RFC 9449 §7.1)', { claims: { cnf: { jkt: 'x' } } }, 'sender_constrained'],
    [
      'a certificate-bound token as a bearer token (RFC 8705 §3)',
      { claims: { cnf: { 'x5t#S256': 'x' } } },
      'sender_constrained',
    ],
    ['an empty cnf', { claims: { cnf: {} } }, 'sender_constrained'],
    ['a null cnf', { claims: { cnf: null } }, 'sender_constrained'],
  ];
  test.each(refused)('refuses %s', async (_, parts, reason) => {
    expect(await reasonOf(accessToken(key, parts))).toBe(reason);
  });

  const token = accessToken(key);
  const [head, body, signature] = token.split('.') as [string, string, string];
  const tampered = Buffer.from(JSON.stringify({ ...goodClaims, scope: 'admin' })).toString('base64url');
  test.each([
    ['tampered claims', `${head}.${tampered}.${signature}`, 'signature'],
    ['a truncated signature', `${head}.${body}.${signature.slice(0, -2)}`, 'signature'],
    ['a signature of zeros (CVE-2022-21449)', `${head}.${body}.${Buffer.alloc(64).toString('base64url')}`, 'signature'],
    [
      'a DER signature (RFC 7518 §3.4)',
      `${head}.${body}.${Buffer.from('3006020101020101', 'hex').toString('base64url')}`,
      'signature',
    ],
    ['padding on a segment (RFC 7515 §2)', `${head}=.${body}.${signature}`, 'malformed'],
    [
      'stray bits in the header',
      `${Buffer.from('{"a":1}').toString('base64url').slice(0, -1)}R.${body}.${signature}`,
      'malformed',
    ],
  ])('refuses %s', async (_, text, reason) => {
    expect(await reasonOf(text)).toBe(reason);
  });

  test('refuses stray bits in the signature: one token has one spelling', async () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const last = alphabet.indexOf(token.slice(-1));
    expect(await reasonOf(token.slice(0, -1) + alphabet[last ^ 1])).toBe('malformed');
  });

  test('a key published for another algorithm is not used (RFC 8725 §3.1)', async () => {
    const findKey = published({ ...key, jwk: { ...key.jwk, alg: 'EdDSA' } });
    await expect(verifyJwtAccessToken(token, { ...options, findKey })).rejects.toMatchObject({ reason: 'unknown_key' });
  });

  test('a failure that is no verdict on the token comes through as it is', async () => {
    const findKey = () => Promise.reject(new Error('down'));
    await expect(verifyJwtAccessToken(token, { ...options, findKey })).rejects.toThrow('down');
  });
});
