import { createSecretKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { openAes256Gcm, sealAes256Gcm } from './aes-gcm.js';
import { DecryptFailed } from './errors.js';
import { randomBytes } from './random.js';
import { Secret } from './secret.js';

const key = randomBytes(32);
const plaintext = Buffer.from('the content');
const context = 'table=keys;id=7';

describe('AES-256-GCM', () => {
  test('opens what it sealed, whatever form the key is held in', () => {
    const sealed = sealAes256Gcm(key, plaintext, context);
    for (const form of [key, Secret.fromBytes(key), createSecretKey(key)]) {
      expect(openAes256Gcm(form, sealed, context)).toEqual(plaintext);
      expect(openAes256Gcm(key, sealAes256Gcm(form, plaintext, Buffer.from(context)), context)).toEqual(plaintext);
    }
  });

  test('seals an empty content too', () => {
    expect(openAes256Gcm(key, sealAes256Gcm(key, Buffer.alloc(0), ''), '')).toHaveLength(0);
  });

  test('is laid out as 12 bytes IV, ciphertext, 16 bytes tag, with a fresh IV each time', () => {
    const [one, two] = [sealAes256Gcm(key, plaintext, ''), sealAes256Gcm(key, plaintext, '')];
    expect(one).toHaveLength(12 + plaintext.length + 16);
    expect(one.subarray(0, 12)).not.toEqual(two.subarray(0, 12));
  });

  test('refuses a flipped bit at every position', () => {
    const sealed = sealAes256Gcm(key, plaintext, context);
    for (let position = 0; position < sealed.length; position++) {
      const flipped = Buffer.from(sealed);
      flipped[position]! ^= 1;
      expect(() => openAes256Gcm(key, flipped, context)).toThrow(DecryptFailed);
    }
  });

  test('refuses a cut, lengthened, too short and empty input', () => {
    const sealed = sealAes256Gcm(key, plaintext, context);
    for (const wrong of [
      sealed.subarray(0, -1),
      Buffer.concat([sealed, Buffer.alloc(1)]),
      sealed.subarray(0, 27),
      Buffer.alloc(0),
    ]) {
      expect(() => openAes256Gcm(key, wrong, context)).toThrow(DecryptFailed);
    }
  });

  test('refuses another context and another key with the same error', () => {
    const sealed = sealAes256Gcm(key, plaintext, context);
    const failures = [
      () => openAes256Gcm(key, sealed, 'table=keys;id=8'),
      () => openAes256Gcm(randomBytes(32), sealed, context),
    ].map((open) => {
      try {
        return open();
      } catch (error) {
        return error;
      }
    });
    expect(failures[0]).toBeInstanceOf(DecryptFailed);
    expect(failures[1]).toEqual(failures[0]);
    expect((failures[0] as DecryptFailed).code).toBe('decrypt_failed');
  });

  test('a key of another size is a mistake of the program and is told as such', () => {
    expect(() => sealAes256Gcm(randomBytes(16), plaintext, '')).toThrow(RangeError);
    expect(() => openAes256Gcm(createSecretKey(randomBytes(16)), Buffer.alloc(40), '')).toThrow(RangeError);
  });

  const published = JSON.parse(readFileSync(new URL('../vectors/aes-256-gcm.json', import.meta.url), 'utf8')) as {
    source: string;
    cases: { key: string; iv: string; ciphertext: string; aad: string; tag: string; plaintext?: string }[];
  };
  const hex = (text: string) => Buffer.from(text, 'hex');

  test(`opens what was sealed elsewhere, and refuses what does not fit its tag (${published.source})`, () => {
    const opened = published.cases.map(({ key, iv, ciphertext, tag, aad }) => {
      try {
        return openAes256Gcm(hex(key), hex(iv + ciphertext + tag), hex(aad)).toString('hex');
      } catch (error) {
        return error instanceof DecryptFailed ? undefined : error;
      }
    });
    expect(opened).toEqual(published.cases.map(({ plaintext }) => plaintext));
    expect(opened.filter((one) => one === undefined)).toHaveLength(20);
  });
});
