import { describe, expect, it } from '@jest/globals';
import { randomBytes } from '@cryptoutil/crypto';
import { KmsError } from '../errors/kms-error.js';
import { KEY_BYTES, checkShare, combineRootKey, splitRootKey } from './share-set.js';
import type { Share } from './share-text.js';

const subsets = <T>(items: readonly T[], size: number): T[][] =>
  size === 0
    ? [[]]
    : items.flatMap((item, at) => subsets(items.slice(at + 1), size - 1).map((rest) => [item, ...rest]));

const refusal = (work: () => void) => {
  try {
    work();
  } catch (error) {
    if (error instanceof KmsError) return { index: error.fields['index'], reason: error.fields['reason'] };
    throw error;
  }
  return 'accepted';
};

describe('share set', () => {
  const counts = { shares: 5, threshold: 3, rootEpoch: 1 };

  it('gives the root key back from each of the ten subsets of three of five, and from more', async () => {
    const root = randomBytes(KEY_BYTES);
    const { set, parts } = await splitRootKey(root, counts);
    for (const size of [3, 4, 5]) {
      for (const some of subsets(parts, size)) expect(await combineRootKey(set, some)).toEqual(root);
    }
  });

  it('gives nothing from any of the ten subsets of two', async () => {
    const { set, parts } = await splitRootKey(randomBytes(KEY_BYTES), counts);
    for (const some of subsets(parts, 2)) expect(await combineRootKey(set, some)).toBeUndefined();
  });

  it('accepts each share under its own index and under no other', async () => {
    const { set, parts } = await splitRootKey(randomBytes(KEY_BYTES), counts);
    for (const part of parts) {
      for (const index of [1, 2, 3, 4, 5]) {
        expect(refusal(() => checkShare(set, { ...part, index }))).toEqual(
          index === part.index ? 'accepted' : { index, reason: 'wrong' },
        );
      }
    }
  });

  it('refuses a share with any byte flipped, by its index', async () => {
    const { set, parts } = await splitRootKey(randomBytes(KEY_BYTES), counts);
    const [, second] = parts as [Share, Share];
    for (let at = 0; at < second.data.length; at += 1) {
      const data = Buffer.from(second.data);
      data[at]! ^= 0x01;
      expect(refusal(() => checkShare(set, { ...second, data }))).toEqual({ index: 2, reason: 'wrong' });
    }
  });

  it('refuses shares of another set, of a replaced set and with other counts', async () => {
    const { set, parts } = await splitRootKey(randomBytes(KEY_BYTES), counts);
    const other = await splitRootKey(randomBytes(KEY_BYTES), counts);
    const [first] = parts as [Share];
    expect(refusal(() => checkShare(set, other.parts[0]!))).toEqual({ index: 1, reason: 'foreign' });
    expect(refusal(() => checkShare(set, { ...other.parts[0]!, set: set.set }))).toEqual({ index: 1, reason: 'wrong' });
    expect(refusal(() => checkShare({ ...set, retired: true }, first))).toEqual({ index: 1, reason: 'stale' });
    expect(refusal(() => checkShare(set, { ...first, threshold: 2 }))).toEqual({ index: 1, reason: 'mismatch' });
    expect(refusal(() => checkShare(set, { ...first, shares: 4 }))).toEqual({ index: 1, reason: 'mismatch' });
    expect(refusal(() => checkShare(set, { ...first, index: 9 }))).toEqual({ index: 9, reason: 'wrong' });
  });

  it('proves the combined key against counts and epoch too', async () => {
    const { set, parts } = await splitRootKey(randomBytes(KEY_BYTES), counts);
    expect(await combineRootKey({ ...set, threshold: 2 }, parts)).toBeUndefined();
    expect(await combineRootKey({ ...set, rootEpoch: 2 }, parts)).toBeUndefined();
  });
});
