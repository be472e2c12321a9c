import { describe, expect, it } from '@jest/globals';
import { hkdfSha256 } from '../hash.js';
import { deriveBytes, generateJwk, generatedKeyKinds } from './generated-key.js';
import { generateMaterial, importMaterial } from './material.js';

describe('generated keys', () => {
  it.each(generatedKeyKinds.filter((kind) => kind !== 'RSA-4096'))(
    '%s is made as JWK whose public half has no private member (RFC 7517)',
    async (kind) => {
      const { privateJwk, publicJwk } = await generateJwk(kind);
      if (kind.startsWith('oct-')) {
        expect(publicJwk).toBeUndefined();
        expect(Buffer.from(privateJwk['k'] as string, 'base64url')).toHaveLength(Number(kind.slice(4)) / 8);
        return;
      }
      for (const member of ['d', 'p', 'q', 'priv', 'k']) expect(publicJwk).not.toHaveProperty(member);
      expect(privateJwk).toMatchObject(publicJwk!);
      expect(Object.keys(privateJwk).length).toBeGreaterThan(Object.keys(publicJwk!).length);
    },
  );
});

describe('deriving', () => {
  it('is HKDF-SHA-256 of the key (RFC 5869)', async () => {
    const bytes = await generateMaterial('HS256');
    const options = { salt: Buffer.from('salt'), info: Buffer.from('info'), length: 42 };
    expect(deriveBytes(importMaterial('HS256', bytes), options)).toEqual(hkdfSha256(bytes, options));
  });

  it('is refused for key pairs', async () => {
    const material = importMaterial('ES256', await generateMaterial('ES256'));
    expect(() => deriveBytes(material, { salt: Buffer.alloc(0), info: Buffer.alloc(0), length: 1 })).toThrow(TypeError);
  });
});
