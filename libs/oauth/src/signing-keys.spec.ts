import { describe, expect, test } from '@jest/globals';
import { testKey } from '../fixtures/issuer.js';
import { signingKeys } from './signing-keys.js';

const { jwk } = testKey('good');

describe('signingKeys', () => {
  test.each([
    [undefined],
    [null],
    ['text'],
    [{}],
    [{ keys: 'no' }],
    [{ keys: Array.from({ length: 101 }, () => jwk) }],
  ])('%j is no JWK Set (RFC 7517 §5)', (document) => {
    expect(signingKeys(document)).toBeUndefined();
  });

  test.each([
    ['a symmetric key', { kty: 'oct', k: 'c2VjcmV0' }],
    ['a key with private members', { d: 'c2VjcmV0' }],
    ['an encryption key (RFC 7517 §4.2)', { use: 'enc' }],
    ['a key for other operations (RFC 7517 §4.3)', { key_ops: ['sign'] }],
    ['a key for another algorithm (RFC 8725 §3.1)', { alg: 'ES384' }],
    ['a key without kid', { kid: undefined }],
    ['a kid that is no text', { kid: 1 }],
    ['a point off the curve', { x: jwk['y'] }],
  ])('%s verifies nothing and does not break the set', async (_, members) => {
    const keys = signingKeys({ keys: [{ ...jwk, kid: 'odd', ...members }, null, 'x', jwk] });
    expect(await keys?.resolve({ alg: 'ES256', kid: 'odd' })).toBeUndefined();
    expect(await keys?.resolve({ alg: 'ES256', kid: 'good' })).toBeDefined();
    expect(await keys?.resolve({ alg: 'EdDSA', kid: 'good' })).toBeUndefined();
    expect([keys?.has('good'), keys?.has('other')]).toEqual([true, false]);
  });
});
