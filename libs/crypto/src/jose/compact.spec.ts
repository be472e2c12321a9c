import { describe, expect, test } from '@jest/globals';
import { decodeProtectedHeader } from './compact.js';
import { JwtInvalid } from './jwt-invalid.js';

const encoded = (text: string) => Buffer.from(text).toString('base64url');

describe('decodeProtectedHeader', () => {
  test('reads the header of a JWS and of a JWE', () => {
    const header = encoded('{"alg":"dir","enc":"A256GCM","kid":"k1"}');
    expect(decodeProtectedHeader(`${header}...`.slice(0, -1))).toEqual({ alg: 'dir', enc: 'A256GCM', kid: 'k1' });
    expect(decodeProtectedHeader(`${header}....`)).toMatchObject({ kid: 'k1' });
  });

  test.each([
    ['one part', encoded('{"alg":"dir"}')],
    ['four parts', `${encoded('{"alg":"dir"}')}...`],
    ['six parts', `${encoded('{"alg":"dir"}')}.....`],
    ['thousands of parts', '.'.repeat(100_000)],
    ['padding', `${Buffer.from('{"alg":"dir"}').toString('base64')}..`],
    ['depth beyond reason', `${encoded(`${'['.repeat(5000)}`)}..`],
    ['an enc that is no text', `${encoded('{"alg":"dir","enc":{}}')}....`],
    ['no text at all', null as unknown as string],
  ])('refuses %s', (_, token) => {
    expect(() => decodeProtectedHeader(token)).toThrow(JwtInvalid);
  });
});
