import { describe, expect, it } from '@jest/globals';
import { randomBytes } from '@cryptoutil/crypto';
import { KmsError } from '../errors/kms-error.js';
import { SHARE_BYTES, formatShare, parseShare } from './share-text.js';

const share = { set: '0a1b2c3d', index: 2, shares: 5, threshold: 3, data: Buffer.alloc(SHARE_BYTES, 0xab) };
const text = formatShare(share);

const refusal = (input: string) => {
  try {
    parseShare(input);
  } catch (error) {
    if (error instanceof KmsError)
      return { code: error.code, index: error.fields['index'], reason: error.fields['reason'] };
    throw error;
  }
  return 'accepted';
};

describe('share text', () => {
  it('has the form kms1-<set>-<i>of<n>-t<t>-<data>-<crc>', () => {
    expect(text).toBe(`kms1-0a1b2c3d-2of5-t3-${'ab'.repeat(33)}-${text.slice(-8)}`);
    expect(text).toMatch(/-[0-9a-f]{8}$/);
  });

  it('reads what it writes, forgiving capitals and white space around it', () => {
    expect(parseShare(text)).toEqual(share);
    expect(parseShare(`  ${text.toUpperCase()}\n`)).toEqual(share);
    const other = { ...share, index: 5, data: randomBytes(SHARE_BYTES) };
    expect(parseShare(formatShare(other))).toEqual(other);
  });

  it('refuses every single changed character, naming the index as long as it can be read', () => {
    for (let at = 0; at < text.length; at += 1) {
      const changed = text.slice(0, at) + (text[at] === '0' ? '1' : '0') + text.slice(at + 1);
      expect(refusal(changed)).toMatchObject({ code: 'share_invalid' });
    }
    expect(refusal(text.slice(0, 40) + (text[40] === '0' ? '1' : '0') + text.slice(41))).toMatchObject({
      index: 2,
      reason: 'checksum',
    });
  });

  it('refuses a share truncated at any length as malformed, with its index once that is in it', () => {
    for (let length = 0; length < text.length; length += 1) {
      expect(refusal(text.slice(0, length))).toEqual({
        code: 'share_invalid',
        index: length >= 'kms1-0a1b2c3d-2of'.length || length === 'kms1-0a1b2c3d-2'.length ? 2 : undefined,
        reason: 'malformed',
      });
    }
  });

  it.each([
    ['an index beyond the set', { ...share, index: 6 }],
    ['a threshold beyond the set', { ...share, threshold: 6 }],
    ['a threshold of one', { ...share, threshold: 1 }],
    ['more shares than the field has points', { ...share, shares: 256 }],
    ['data of another length', { ...share, data: Buffer.alloc(32) }],
  ])('refuses %s although the checksum is right', (_, wrong) => {
    expect(refusal(formatShare(wrong))).toMatchObject({ code: 'share_invalid', reason: 'malformed' });
  });
});
