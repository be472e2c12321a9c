import { describe, expect, test } from '@jest/globals';
import { bearerToken, isBearerTokenSyntax, maximumTokenLength, usesBearerScheme } from './bearer-token.js';

describe('bearerToken (RFC 6750 §2.1)', () => {
  test.each([
    ['Bearer mF_9.B5f-4.1JqM', 'mF_9.B5f-4.1JqM'],
    ['bearer abc', 'abc'],
    ['BEARER abc==', 'abc=='],
    ['Bearer   abc', 'abc'],
    ['Bearer a/b+c~d', 'a/b+c~d'],
  ])('takes the token of %j', (header, token) => {
    expect(bearerToken(header)).toBe(token);
  });

  test.each([
    [undefined],
    [''],
    ['Bearer'],
    ['Bearer '],
    ['Bearerabc'],
    ['Bearer\tabc'],
    ['Basic abc'],
    ['DPoP abc'],
    ['Bearer a b'],
    ['Bearer abc '],
    [' Bearer abc'],
    ['Bearer a=b'],
    ['Bearer =='],
    ['Bearer a,b'],
    ['Bearer "abc"'],
    ['Bearer abc, Bearer def'],
    ['Bearer äbc'],
    ['Bearer abc\n'],
  ])('refuses %j', (header) => {
    expect(bearerToken(header)).toBeUndefined();
  });

  test('refuses a header beyond the longest token, without matching it', () => {
    expect(bearerToken(`Bearer ${'a'.repeat(maximumTokenLength + 65)}`)).toBeUndefined();
  });

  test('the token syntax is b64token', () => {
    expect(isBearerTokenSyntax('a.b-c_d~e+f/g=')).toBe(true);
    expect(isBearerTokenSyntax('')).toBe(false);
  });

  test.each([
    [undefined, false],
    ['Basic x', false],
    ['Bearerx', false],
    ['Bearer', true],
    ['bearer a b', true],
  ])('%j uses the Bearer scheme: %s', (header, uses) => {
    expect(usesBearerScheme(header)).toBe(uses);
  });
});
