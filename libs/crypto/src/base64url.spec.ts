import { describe, expect, test } from '@jest/globals';
import { base64url, InvalidBase64Url } from './base64url.js';

describe('base64url', () => {
  test('encodes without padding (RFC 4648 §5)', () => {
    expect(base64url.encode(new Uint8Array([0xfb, 0xff]))).toBe('-_8');
    expect(base64url.encode(new Uint8Array([1, 2, 3, 4]).subarray(1, 3))).toBe('AgM');
  });

  test('decodes what it encodes, of every length', () => {
    for (let length = 0; length < 70; length++) {
      const bytes = Buffer.alloc(length, length);
      expect(base64url.decode(base64url.encode(bytes))).toEqual(bytes);
    }
  });

  test.each([
    ['padding', 'AA=='],
    ['the other alphabet', '+/8'],
    ['bits left over', 'AB'],
    ['an impossible length', 'AAAAA'],
    ['white space', 'AAAA AAAA'],
    ['a line break at the end', 'AAAA\n'],
    ['a character outside of the alphabet', 'AA*A'],
    ['a zero character', 'AAAA\0'],
    ['a full-width letter', 'ＡAAA'],
  ])('refuses %s (RFC 7515 §2)', (_, text) => {
    expect(() => base64url.decode(text)).toThrow(InvalidBase64Url);
  });

  test('refuses what is no text', () => {
    expect(() => base64url.decode(undefined as unknown as string)).toThrow(InvalidBase64Url);
  });
});
