import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { hashPassword, passwordNeedsRehash, verifyPassword } from './password.js';

interface Vector {
  source: string;
  phc: string;
  password: string;
}

const vectors = JSON.parse(readFileSync(new URL('../vectors/argon2id.json', import.meta.url), 'utf8')) as Vector[];
const good = vectors[1]!.phc;

describe('verifyPassword', () => {
  test.each(vectors)('accepts the hash of the $source', async ({ phc, password }) => {
    expect(await verifyPassword(phc, password)).toBe(true);
    expect(await verifyPassword(phc, `${password}!`)).toBe(false);
  });

  test.each([
    ['another variant', good.replace('argon2id', 'argon2i')],
    ['another version', good.replace('v=19', 'v=16')],
    ['a missing parameter', good.replace(',p=1', '')],
    ['a leading zero', good.replace('m=256', 'm=0256')],
    ['more memory than allowed', good.replace('m=256', 'm=999999')],
    ['more passes than allowed', good.replace('t=2', 't=999')],
    ['more lanes than allowed', good.replace('p=1', 'p=17').replace('m=256', 'm=4096')],
    ['less memory than the lanes need (RFC 9106 §3.1)', good.replace('m=256', 'm=7')],
    ['padding', `${good}=`],
    ['bits left over in the salt', good.replace('c29tZXNhbHQ', 'c29tZXNhbHR')],
    ['text after the end', `${good}\n`],
    ['another scheme', '$2b$12$abcdefghijklmnopqrstuv'],
    ['nothing', ''],
  ])('is false, without work, for a stored hash with %s', async (_, phc) => {
    expect(await verifyPassword(phc, 'password')).toBe(false);
    expect(passwordNeedsRehash(phc)).toBe(true);
  });

  test('is false for a password beyond 4096 bytes', async () => {
    expect(await verifyPassword(good, 'ä'.repeat(2049))).toBe(false);
  });
});

describe('hashPassword', () => {
  test('makes a salted argon2id PHC string of today’s cost', async () => {
    const [one, two] = await Promise.all([hashPassword('correct horse'), hashPassword('correct horse')]);
    expect(one).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
    expect(one).not.toBe(two);
    expect(await verifyPassword(one, 'correct horse')).toBe(true);
    expect(await verifyPassword(two, 'Correct horse')).toBe(false);
    expect(passwordNeedsRehash(one)).toBe(false);
  });

  test('normalises to NFC, so that é typed as one or two characters is the same (SP 800-63B-4 §3.1.1.2)', async () => {
    expect(await verifyPassword(await hashPassword('caf\u00e9'), 'cafe\u0301')).toBe(true);
  });

  test('refuses more than 4096 bytes', async () => {
    await expect(hashPassword('ä'.repeat(2049))).rejects.toThrow(RangeError);
  });
});

test('passwordNeedsRehash asks for a new hash when the cost has risen since', () => {
  expect(passwordNeedsRehash(good)).toBe(true);
});
