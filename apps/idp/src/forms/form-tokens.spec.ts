import { describe, expect, it } from '@jest/globals';
import { Secret } from '@cryptoutil/crypto';
import { FormTokens, type FormUse } from './form-tokens.js';

const tokens = new FormTokens(Secret.fromText('k'.repeat(32)));
const use: FormUse = { purpose: 'sign-in', binding: 'challenge' };

describe('FormTokens', () => {
  it('accepts a token for its own browser and use', () => {
    expect(tokens.accepts(tokens.issue('cookie', use), 'cookie', use)).toBe(true);
  });

  it('refuses it for another browser, purpose or binding, without cookie, and when empty', () => {
    const token = tokens.issue('cookie', use);
    expect(tokens.accepts(token, 'other', use)).toBe(false);
    expect(tokens.accepts(token, undefined, use)).toBe(false);
    expect(tokens.accepts('', 'cookie', use)).toBe(false);
    expect(tokens.accepts(token, 'cookie', { ...use, binding: 'other' })).toBe(false);
    expect(tokens.accepts(token, 'cookie', { ...use, purpose: 'consent' })).toBe(false);
  });
});
