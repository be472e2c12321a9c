import { describe, expect, it } from '@jest/globals';
import { identifierKey, isEmailIdentifier, usernamePattern } from './identifier.js';

describe('identifierKey', () => {
  it.each([
    ['Alice', 'alice'],
    ['  alice\t', 'alice'],
    ['ＡＬＩＣＥ', 'alice'],
    ['ﬁona', 'fiona'],
    ['re\u0301mi', 'r\u00e9mi'],
    ['İ', 'i\u0307'],
    ['Alice@Example.COM', 'alice@example.com'],
  ])('folds %j to %j, so that one person has one key', (typed, key) => {
    expect(identifierKey(typed)).toBe(key);
    expect(identifierKey(key)).toBe(key);
  });

  it('keeps different letters apart that only look alike', () => {
    expect(identifierKey('\u0430lice')).not.toBe(identifierKey('alice'));
  });
});

describe('usernames', () => {
  it('cannot be mistaken for an e-mail address', () => {
    expect(isEmailIdentifier('alice@example.com')).toBe(true);
    expect(usernamePattern.test('alice@example.com')).toBe(false);
  });

  it.each(['', '-alice', 'al ice', 'al\u200bice', 'al\u202eice', 'a'.repeat(65), '<b>', 'a/b'])(
    'refuses %j',
    (name) => {
      expect(usernamePattern.test(name)).toBe(false);
    },
  );

  it.each(['a', 'alice', 'jörg.müller', '李明', 'bob_2+test', 'a'.repeat(64)])('allows %j', (name) => {
    expect(usernamePattern.test(name)).toBe(true);
  });
});
