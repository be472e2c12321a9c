import { crc32 } from 'node:zlib';
import { KmsError } from '../errors/kms-error.js';

/** One share of the root key: which set it belongs to, its place in it, and its bytes (secret share and x coordinate). */
export interface Share {
  set: string;
  index: number;
  shares: number;
  threshold: number;
  data: Buffer;
}

/** Why a share was refused. `foreign`: of a set never seen here; `stale`: of a set that was replaced. */
export type ShareFault = 'malformed' | 'checksum' | 'foreign' | 'stale' | 'mismatch' | 'wrong' | 'duplicate';

const explanations: Record<ShareFault, string> = {
  malformed: 'is not a whole share text',
  checksum: 'has a typing mistake: its checksum does not match',
  foreign: 'belongs to another share set',
  stale: 'belongs to a share set that has been replaced',
  mismatch: 'names other share counts than its set has',
  wrong: 'is not the share that was handed out under its index',
  duplicate: 'has been given already in this round',
};

/** The `share_invalid` refusal; `index` is the place the text claims, where it can still be read. */
export const refuseShare = (
  reason: ShareFault,
  index: number | undefined,
  fields: Record<string, unknown> = {},
): KmsError =>
  new KmsError('share_invalid', {
    reason,
    ...(index === undefined ? {} : { index }),
    detail: `Share ${index === undefined ? '(index unreadable)' : index} ${explanations[reason]}.`,
    ...fields,
  });

const whole = /^kms1-([0-9a-f]{8})-([1-9]\d{0,2})of([1-9]\d{0,2})-t([1-9]\d{0,2})-([0-9a-f]{66})-([0-9a-f]{8})$/;
const claimedIndex = /^kms1-[0-9a-f]{1,8}-([1-9]\d{0,2})(?:of|$)/;

/** Bytes of one share: a 32-byte root key share and the x coordinate. */
export const SHARE_BYTES = 33;

const checksum = (text: string): string => crc32(text).toString(16).padStart(8, '0');

/** Share text `kms1-<set>-<i>of<n>-t<t>-<data>-<crc>`: data in lower-case hex, CRC-32 over all that precedes it. */
export const formatShare = (share: Share): string => {
  const text = `kms1-${share.set}-${share.index}of${share.shares}-t${share.threshold}-${share.data.toString('hex')}`;
  return `${text}-${checksum(text)}`;
};

/** Reads a share text; surrounding white space and capitals are forgiven, anything else is `share_invalid`. */
export const parseShare = (input: string): Share => {
  const text = input.trim().toLowerCase();
  const claimed = claimedIndex.exec(text)?.[1];
  const index = claimed === undefined ? undefined : Number(claimed);
  const parts = whole.exec(text);
  if (!parts) throw refuseShare('malformed', index);
  const [, set = '', , shares, threshold, data = '', crc = ''] = parts;
  if (checksum(text.slice(0, -crc.length - 1)) !== crc) throw refuseShare('checksum', index);
  const share: Share = {
    set,
    index: Number(index),
    shares: Number(shares),
    threshold: Number(threshold),
    data: Buffer.from(data, 'hex'),
  };
  if (share.index > share.shares || share.threshold > share.shares || share.threshold < 2 || share.shares > 255) {
    throw refuseShare('malformed', index);
  }
  return share;
};
