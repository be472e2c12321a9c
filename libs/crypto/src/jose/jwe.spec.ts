import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { CompactEncrypt, compactDecrypt } from 'jose';
import { DecryptFailed } from '../errors.js';
import { randomBytes } from '../random.js';
import { algorithms } from './algorithms.js';
import { decodeProtectedHeader } from './compact.js';
import { decryptJwe, encryptJwe } from './jwe.js';
import { generateMaterial, importMaterial, type KeyMaterial } from './material.js';

interface Vector {
  source: string;
  algorithm: string;
  key: { kty: string; k?: string; d?: string };
  compact: string;
  plaintext: string;
  valid: boolean;
}

const vectors = JSON.parse(readFileSync(new URL('../../vectors/jwe.json', import.meta.url), 'utf8')) as Vector[];
const materialOf = ({ algorithm, key }: Vector) =>
  key.k
    ? importMaterial(algorithm, Buffer.from(key.k, 'base64url'))
    : importMaterial(algorithm, createPrivateKey({ key: key, format: 'jwk' }).export({ type: 'pkcs8', format: 'der' }));

const plaintext = Buffer.from('the content');
const names = algorithms.filter(({ kind }) => kind === 'jwe').map(({ name }) => name);
/** One of each way of managing keys, with GCM and with CBC content. */
const sample = [
  'A256KW+A256GCM',
  'A256GCM',
  'A256GCMKW+A128GCM',
  'ECDH-ES+A256GCM',
  'A128KW+A128CBC-HS256',
  'RSA-OAEP-256+A256GCM',
];
const keys = new Map<string, KeyMaterial>();
beforeAll(async () => {
  const rsa = await generateMaterial('RSA-OAEP-256+A256GCM', { modulusLength: 2048 });
  for (const name of names)
    keys.set(name, importMaterial(name, name.startsWith('RSA') ? rsa : await generateMaterial(name)));
});

describe('decryptJwe', () => {
  test.each(vectors.filter(({ valid }) => valid))('opens $source ($algorithm)', async (vector) => {
    expect((await decryptJwe(materialOf(vector), vector.compact)).toString('utf8')).toBe(vector.plaintext);
  });

  test.each(vectors.filter(({ valid }) => !valid))('refuses $source', async (vector) => {
    await expect(decryptJwe(materialOf(vector), vector.compact)).rejects.toThrow(DecryptFailed);
  });

  test.each(names)('%s: an independent implementation agrees in both directions', async (name) => {
    const key = keys.get(name)!;
    const { alg, enc } = key.algorithm;
    const token = await encryptJwe(key, plaintext, { kid: 'k1' });
    const opened = await compactDecrypt(token, (key.privateKey ?? key.secretKey)!);
    expect(Buffer.from(opened.plaintext)).toEqual(plaintext);
    expect(opened.protectedHeader).toMatchObject({ alg, enc, kid: 'k1' });
    const theirs = await new CompactEncrypt(plaintext)
      .setProtectedHeader({ alg, enc: enc! })
      .encrypt((key.publicKey ?? key.secretKey)!);
    expect(await decryptJwe(key, theirs)).toEqual(plaintext);
  });

  describe.each(sample)('%s', (name) => {
    const fresh = (context?: string) => encryptJwe(keys.get(name)!, plaintext, { kid: 'k1', context });
    const open = (token: string, options = {}) => decryptJwe(keys.get(name)!, token, options);

    test('demands the context given at encryption, and none when none was given', async () => {
      const bound = await fresh('user:7');
      expect(await open(bound, { context: 'user:7' })).toEqual(plaintext);
      await expect(open(bound, { context: 'user:8' })).rejects.toThrow(DecryptFailed);
      await expect(open(bound, { context: '' })).rejects.toThrow(DecryptFailed);
      await expect(open(bound)).rejects.toThrow(DecryptFailed);
      await expect(open(await fresh(), { context: 'user:7' })).rejects.toThrow(DecryptFailed);
    });

    test('demands the kid when one is expected', async () => {
      const token = await fresh();
      expect(await open(token, { kid: 'k1' })).toEqual(plaintext);
      await expect(open(token, { kid: 'k2' })).rejects.toThrow(DecryptFailed);
    });

    test('refuses a changed character in every part', async () => {
      const parts = (await fresh()).split('.');
      for (const [index, part] of parts.entries()) {
        if (part === '') continue;
        const changed = (part.startsWith('A') ? 'B' : 'A') + part.slice(1);
        await expect(open(parts.with(index, changed).join('.'))).rejects.toThrow(DecryptFailed);
        await expect(open(parts.with(index, `${part}AAAA`).join('.'))).rejects.toThrow(DecryptFailed);
        await expect(open(parts.with(index, part.slice(0, -4)).join('.'))).rejects.toThrow(DecryptFailed);
        await expect(open(parts.with(index, '').join('.'))).rejects.toThrow(DecryptFailed);
      }
    });

    test('refuses text that is not canonical, and parts too many or too few', async () => {
      const token = await fresh();
      for (const wrong of [
        `${token}=`,
        `${token}\n`,
        ` ${token}`,
        `${token}.`,
        token.slice(0, token.lastIndexOf('.')),
        '',
        '....',
      ]) {
        await expect(open(wrong)).rejects.toThrow(DecryptFailed);
      }
    });

    test('never takes alg or enc from the message', async () => {
      const [, ...rest] = (await fresh()).split('.');
      const { alg, enc } = keys.get(name)!.algorithm;
      for (const header of [
        { alg: 'dir', enc: 'A128GCM' },
        { alg, enc: 'A192GCM' },
        { alg: 'PBES2-HS256+A128KW', enc },
        { alg: 'none', enc },
        { alg },
      ]) {
        const token = [Buffer.from(JSON.stringify(header)).toString('base64url'), ...rest].join('.');
        await expect(open(token)).rejects.toThrow(DecryptFailed);
      }
    });

    test('gives another key’s message the same error', async () => {
      const other = importMaterial(name, await generateMaterial(name, { modulusLength: 2048 }));
      const token = await encryptJwe(other, plaintext, { kid: 'k1' });
      await expect(open(token)).rejects.toEqual(new DecryptFailed());
    });

    test('carries an empty content and one of 64 KiB', async () => {
      for (const content of [Buffer.alloc(0), randomBytes(65_536)]) {
        expect(await open(await encryptJwe(keys.get(name)!, content, { kid: 'k' }))).toEqual(content);
      }
    });
  });

  test('refuses an empty wrapped key, which Node alone unwraps to an empty key (RFC 3394 §2.2.2)', async () => {
    const [header, , ...rest] = (await encryptJwe(keys.get('A256KW+A256GCM')!, plaintext, { kid: 'k' })).split('.');
    await expect(decryptJwe(keys.get('A256KW+A256GCM')!, [header, '', ...rest].join('.'))).rejects.toThrow(
      DecryptFailed,
    );
  });

  test('refuses a shortened tag and a longer IV (RFC 7518 §5.3)', async () => {
    const key = keys.get('A256GCM')!;
    const [header, empty, iv, ciphertext, tag] = (await encryptJwe(key, plaintext, { kid: 'k' })).split('.');
    const short = Buffer.from(tag!, 'base64url').subarray(0, 12).toString('base64url');
    await expect(decryptJwe(key, [header, empty, iv, ciphertext, short].join('.'))).rejects.toThrow(DecryptFailed);
    await expect(decryptJwe(key, [header, empty, `${iv}AAAA`, ciphertext, tag].join('.'))).rejects.toThrow(
      DecryptFailed,
    );
  });

  test('refuses A256GCMKW without its iv and tag in the header (RFC 7518 §4.7.1)', async () => {
    const key = keys.get('A256GCMKW+A256GCM')!;
    const [header, ...rest] = (await encryptJwe(key, plaintext, { kid: 'k' })).split('.');
    const { iv: _iv, ...others } = decodeProtectedHeader([header, ...rest].join('.'));
    const without = Buffer.from(JSON.stringify(others)).toString('base64url');
    await expect(decryptJwe(key, [without, ...rest].join('.'))).rejects.toThrow(DecryptFailed);
  });
});

describe('encryptJwe', () => {
  test('uses a fresh content key and IV each time', async () => {
    const key = keys.get('A256KW+A256GCM')!;
    const [one, two] = await Promise.all([1, 2].map(() => encryptJwe(key, plaintext, { kid: 'k' })));
    for (const part of [1, 2, 3, 4]) expect(one!.split('.')[part]).not.toBe(two!.split('.')[part]);
  });

  test('does not show the context, only its hash', async () => {
    const token = await encryptJwe(keys.get('A256GCM')!, plaintext, { kid: 'k', context: 'user:alice' });
    expect(decodeProtectedHeader(token).ctx).toMatch(/^[\w-]{43}$/);
    expect(Buffer.from(token.split('.')[0]!, 'base64url').toString()).not.toContain('alice');
  });

  test('a key for signatures neither encrypts nor decrypts', async () => {
    const key = importMaterial('HS256', randomBytes(32));
    await expect(encryptJwe(key, plaintext, { kid: 'k' })).rejects.toThrow(TypeError);
    await expect(decryptJwe(key, 'a.b.c.d.e')).rejects.toThrow(TypeError);
  });
});
