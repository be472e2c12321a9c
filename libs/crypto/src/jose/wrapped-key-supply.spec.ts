import { createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { WrappedKeySupply } from './wrapped-key-supply.js';

const unwrap = (bits: number, kek: Buffer, wrapped: Buffer): Buffer => {
  const decipher = createDecipheriv(`aes${bits}-wrap`, kek, Buffer.alloc(8, 0xa6));
  return Buffer.concat([decipher.update(wrapped), decipher.final()]);
};

describe('a supply of wrapped keys', () => {
  it.each([128, 192, 256])('wraps under %i bits as OpenSSL unwraps (RFC 3394), whatever the length', (bits) => {
    const kek = randomBytes(bits / 8);
    const supply = new WrappedKeySupply(createSecretKey(kek));
    for (const length of [16, 24, 32, 64])
      for (let count = 0; count < 200; count += 1) {
        const { key, encryptedKey } = supply.take(length);
        const wrapped = Buffer.from(encryptedKey, 'base64url');
        expect([key.length, wrapped.length]).toEqual([length, length + 8]);
        expect(unwrap(bits, kek, wrapped).equals(key)).toBe(true);
      }
  });

  it('gives no key twice, and none that its holder zeroed', () => {
    const supply = new WrappedKeySupply(createSecretKey(randomBytes(32)));
    const seen = new Set<string>();
    for (let count = 0; count < 1000; count += 1) {
      const { key, encryptedKey } = supply.take(32);
      seen.add(key.toString('hex')).add(encryptedKey);
      key.fill(0);
    }
    expect(seen.size).toBe(2000);
  });
});
