import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { calculateJwkThumbprint } from 'jose';
import { randomBytes } from '../random.js';
import type { JsonWebKey } from './json-web-key.js';
import { jwkThumbprint, publicJwk } from './jwk.js';
import { generateMaterial, importMaterial, KeyMaterialInvalid } from './material.js';

const vectors = JSON.parse(readFileSync(new URL('../../vectors/thumbprint.json', import.meta.url), 'utf8')) as {
  source: string;
  jwk: JsonWebKey;
  thumbprint: string;
}[];

describe('jwkThumbprint', () => {
  test.each(vectors)('agrees with $source', ({ jwk, thumbprint }) => {
    expect(jwkThumbprint(jwk)).toBe(thumbprint);
    expect(jwkThumbprint({ use: 'sig', ...Object.fromEntries(Object.entries(jwk).reverse()), kid: 'x' })).toBe(
      thumbprint,
    );
  });

  test.each(['ES256', 'EdDSA', 'ML-DSA-44', 'RS256'])('%s: an independent implementation agrees', async (name) => {
    const jwk = publicJwk(importMaterial(name, await generateMaterial(name, { modulusLength: 2048 })));
    expect(jwkThumbprint(jwk)).toBe(await calculateJwkThumbprint(jwk));
  });

  test.each([{}, { kty: 'EC', crv: 'P-256', x: 'AA' }, { kty: 'toString' }, { kty: 'RSA', n: 1, e: 'AQAB' }])(
    'refuses the incomplete JWK %j',
    (jwk) => {
      expect(() => jwkThumbprint(jwk as JsonWebKey)).toThrow(KeyMaterialInvalid);
    },
  );
});

describe('publicJwk', () => {
  test('shows the public half only', async () => {
    const jwk = publicJwk(importMaterial('ES256', await generateMaterial('ES256')));
    expect(Object.keys(jwk).sort()).toEqual(['alg', 'crv', 'kty', 'use', 'x', 'y']);
  });

  test('refuses a symmetric key', () => {
    expect(() => publicJwk(importMaterial('HS256', randomBytes(32)))).toThrow(KeyMaterialInvalid);
  });
});
