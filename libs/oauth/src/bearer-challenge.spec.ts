import { describe, expect, test } from '@jest/globals';
import { bearerChallenge, isScopeToken } from './bearer-challenge.js';

describe('bearerChallenge (RFC 6750 §3)', () => {
  test('names no error when the request carried no authentication (RFC 6750 §3.1)', () => {
    expect(bearerChallenge()).toBe('Bearer');
    expect(bearerChallenge({ scope: 'read:resource' })).toBe('Bearer scope="read:resource"');
  });

  test('quotes every parameter once, in a fixed order', () => {
    expect(bearerChallenge({ error: 'invalid_token', description: 'The access token expired' })).toBe(
      'Bearer error="invalid_token", error_description="The access token expired"',
    );
    expect(bearerChallenge({ error: 'insufficient_scope', scope: ['read:resource', 'write:resource'] })).toBe(
      'Bearer error="insufficient_scope", scope="read:resource write:resource"',
    );
  });

  test('nothing breaks out of a quoted string (RFC 6750 §3: no quote, no backslash, no control character)', () => {
    expect(bearerChallenge({ error: 'a"b', description: 'x\\y"z\r\nSet-Cookie: é' })).toBe(
      'Bearer error="a?b", error_description="x?y?z??Set-Cookie: ?"',
    );
  });

  test('leaves out what is no scope-token (RFC 6749 §3.3)', () => {
    expect(bearerChallenge({ scope: 'a  b"c d\\e f' })).toBe('Bearer scope="a f"');
    expect(bearerChallenge({ scope: '' })).toBe('Bearer');
    expect(bearerChallenge({ scope: [] })).toBe('Bearer');
  });

  test.each([
    ['read:resource', true],
    ['https://example.org/x', true],
    ['', false],
    ['a b', false],
    ['a"', false],
    ['a\\', false],
    ['ä', false],
    ['a\n', false],
  ])('%j is a scope-token: %s', (text, is) => {
    expect(isScopeToken(text)).toBe(is);
  });
});
