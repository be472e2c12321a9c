import { describe, expect, test } from '@jest/globals';
import { fitsAlgorithm, signingKeys } from './signing-keys.js';

const key = (members: Record<string, unknown> = {}) => ({
  kty: 'EC',
  kid: 'k',
  crv: 'P-256',
  x: 'x',
  y: 'y',
  ...members,
});

describe('signingKeys', () => {
  test.each([
    [undefined],
    [null],
    ['text'],
    [{}],
    [{ keys: 'no' }],
    [{ keys: Array.from({ length: 101 }, () => key()) }],
  ])('%j is no JWK Set', (document) => {
    expect(signingKeys(document)).toBeUndefined();
  });

  test.each([
    ['a symmetric key', { kty: 'oct', k: 'c2VjcmV0' }],
    ['a key with private members', { d: 'secret' }],
    ['an encryption key (RFC 7517 §4.2)', { use: 'enc' }],
    ['a key for other operations (RFC 7517 §4.3)', { key_ops: ['sign'] }],
    ['a key of malformed operations', { key_ops: 'verify' }],
    ['a key for an algorithm not accepted', { alg: 'HS256' }],
    ['a key without kid', { kid: undefined }],
    ['a key with an empty kid', { kid: '' }],
    ['a kid that is no text', { kid: 1 }],
  ])('leaves out %s', (_, members) => {
    expect(
      signingKeys({
        keys: [key(members), null, 'x', key({ kid: 'good', use: 'sig', key_ops: ['verify'], alg: 'ES256' })],
      }),
    ).toEqual(new Map([['good', expect.objectContaining({ kid: 'good' })]]));
  });

  test('the first of two keys with one kid counts', () => {
    expect(signingKeys({ keys: [key({ x: 'first' }), key({ x: 'second' })] })?.get('k')).toMatchObject({ x: 'first' });
  });
});

describe('fitsAlgorithm (RFC 8725 §3.1: a key is used with one algorithm)', () => {
  test.each([
    [{ kty: 'EC' }, 'ES256', true],
    [{ kty: 'EC', alg: 'ES256' }, 'ES256', true],
    [{ kty: 'EC' }, 'RS256', false],
    [{ kty: 'RSA' }, 'RS256', true],
    [{ kty: 'RSA', alg: 'PS256' }, 'RS256', false],
    [{ kty: 'OKP' }, 'EdDSA', true],
  ] as const)('%j and %s: %s', (members, algorithm, fits) => {
    expect(fitsAlgorithm({ kid: 'k', ...members }, algorithm)).toBe(fits);
  });
});
