import { constantTimeEqual, hmacSha256, randomBytes } from '@cryptoutil/crypto';
import { combine, split } from 'shamir-secret-sharing';
import { boundFields } from './bound-fields.js';
import { type Share, refuseShare } from './share-text.js';

/** What is stored of a share set: enough to refuse a wrong share by its index, nothing that helps to find a right one. */
export interface ShareSet {
  set: string;
  shares: number;
  threshold: number;
  rootEpoch: number;
  /** Public key of the commitments: makes equal shares of two sets look different. */
  commitmentKey: Buffer;
  /** HMAC under the root key: proves that the combined key is the one this set was made from. */
  rootCheck: Buffer;
  /** HMAC commitment of each share, by index. */
  commitments: ReadonlyMap<number, Buffer>;
  retired: boolean;
}

/** Length of root, intermediate and content keys in bytes. */
export const KEY_BYTES = 32;

const commitmentOf = (commitmentKey: Buffer, share: Share): Buffer =>
  hmacSha256(
    commitmentKey,
    boundFields('cryptoutil-kms share 1', share.set, share.index, share.shares, share.threshold, share.data),
  );

const rootCheckOf = (root: Uint8Array, set: Pick<ShareSet, 'set' | 'shares' | 'threshold' | 'rootEpoch'>): Buffer =>
  hmacSha256(root, boundFields('cryptoutil-kms root check 1', set.set, set.shares, set.threshold, set.rootEpoch));

/** Splits a root key by Shamir's scheme over GF(2^8) into `shares`, any `threshold` of which give it back. */
export const splitRootKey = async (
  root: Uint8Array,
  { shares, threshold, rootEpoch }: { shares: number; threshold: number; rootEpoch: number },
): Promise<{ set: ShareSet; parts: Share[] }> => {
  const name = randomBytes(4).toString('hex');
  const commitmentKey = randomBytes(KEY_BYTES);
  const secret = Uint8Array.from(root);
  const pieces = await split(secret, shares, threshold);
  secret.fill(0);
  const parts = pieces.map((data, at) => ({
    set: name,
    index: at + 1,
    shares,
    threshold,
    data: Buffer.from(data.buffer),
  }));
  const base = { set: name, shares, threshold, rootEpoch };
  return {
    parts,
    set: {
      ...base,
      commitmentKey,
      rootCheck: rootCheckOf(root, base),
      commitments: new Map(parts.map((part) => [part.index, commitmentOf(commitmentKey, part)])),
      retired: false,
    },
  };
};

/** Refuses a share that was not handed out as this index of this set. Passing it, a share is genuine. */
export const checkShare = (set: ShareSet, share: Share): void => {
  if (share.set !== set.set) throw refuseShare('foreign', share.index);
  if (set.retired) throw refuseShare('stale', share.index);
  if (share.shares !== set.shares || share.threshold !== set.threshold) throw refuseShare('mismatch', share.index);
  const commitment = set.commitments.get(share.index);
  if (!commitment || !constantTimeEqual(commitment, commitmentOf(set.commitmentKey, share))) {
    throw refuseShare('wrong', share.index);
  }
};

/** The root key of the set from genuine shares, or undefined when they do not give it. The caller zeroes it. */
export const combineRootKey = async (set: ShareSet, shares: Iterable<Share>): Promise<Buffer | undefined> => {
  const pieces = [...shares].map((share) => Uint8Array.from(share.data));
  const combined = await combine(pieces).finally(() => pieces.forEach((piece) => piece.fill(0)));
  const root = Buffer.from(combined.buffer);
  if (constantTimeEqual(set.rootCheck, rootCheckOf(root, set))) return root;
  root.fill(0);
  return undefined;
};
