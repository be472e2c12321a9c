import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { hkdfSha256, hmacSha256, hmacSha256Matches, keyedHash, sha256, sha256Stream, sha256Text } from './hash.js';
import { Secret } from './secret.js';

interface HkdfVector {
  source: string;
  ikm: string;
  salt: string;
  info: string;
  okm: string;
}

const hkdfVectors = JSON.parse(readFileSync(new URL('../vectors/hkdf.json', import.meta.url), 'utf8')) as HkdfVector[];
const hex = (text: string) => Buffer.from(text, 'hex');
const key = Secret.fromText('0123456789abcdef0123456789abcdef');

describe('hkdfSha256', () => {
  test.each(hkdfVectors)('agrees with $source', ({ ikm, salt, info, okm }) => {
    const options = { salt: hex(salt), info: hex(info), length: okm.length / 2 };
    expect(hkdfSha256(hex(ikm), options)).toEqual(hex(okm));
    expect(hkdfSha256(Secret.fromBytes(hex(ikm)), options)).toEqual(hex(okm));
  });
});

describe('sha256 and hmacSha256', () => {
  test('agree with FIPS 180-4 and RFC 4231 §4.3', () => {
    expect(sha256('abc').toString('hex')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(hmacSha256(Buffer.from('Jefe'), 'what do ya want for nothing?').toString('hex')).toBe(
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    );
  });

  test('take text as UTF-8 and a Secret as its bytes', () => {
    expect(sha256('é')).toEqual(sha256(Buffer.from([0xc3, 0xa9])));
    expect(sha256Text('é')).toBe(sha256('é').toString('base64url'));
    expect(hmacSha256(key, 'x')).toEqual(hmacSha256(key.bytes(), 'x'));
  });
});

describe('hmacSha256Matches', () => {
  const mac = hmacSha256(key, 'data').toString('base64url');

  test('accepts the one canonical text of the right MAC', () => {
    expect(hmacSha256Matches(key, 'data', mac)).toBe(true);
  });

  test.each([
    ['other data', hmacSha256(key, 'datb').toString('base64url')],
    ['padding', `${mac}=`],
    ['another spelling of the last character', mac.slice(0, -1) + String.fromCharCode(mac.charCodeAt(42) + 1)],
    ['a character with the same lower byte', mac.slice(0, -1) + String.fromCharCode(mac.charCodeAt(42) + 0x100)],
    ['nothing', ''],
  ])('refuses %s', (_, other) => {
    expect(hmacSha256Matches(key, 'data', other)).toBe(false);
  });
});

describe('keyedHash', () => {
  test('is stable: the same key, namespace and value give the same 43 characters', () => {
    expect(keyedHash(key, 'access-token', 'abc')).toBe('lvXeJ437QWiNYAqz05AVLDYX03iQ30_Z5eym3YKOOiY');
  });

  test.each([
    ['another namespace', keyedHash(key, 'refresh-token', 'abc')],
    ['another value', keyedHash(key, 'access-token', 'abd')],
    ['another key', keyedHash(Secret.fromText('another key of the same use     '), 'access-token', 'abc')],
  ])('differs for %s', (_, other) => {
    expect(other).not.toBe(keyedHash(key, 'access-token', 'abc'));
  });

  test('keeps namespace and value apart wherever the border is', () => {
    const all = ['', 'a', 'ab', 'abc'].map((namespace) => keyedHash(key, namespace, 'abc'.slice(namespace.length)));
    expect(new Set(all).size).toBe(4);
  });
});

describe('sha256Stream', () => {
  test('gives the hash of all parts together', () => {
    const stream = sha256Stream();
    for (const part of ['a', '', 'bc']) stream.update(Buffer.from(part));
    expect(stream.digest()).toEqual(sha256('abc'));
  });
});
