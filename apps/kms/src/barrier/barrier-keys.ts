import { randomBytes } from '@cryptoutil/crypto';
import { KmsError } from '../errors/kms-error.js';
import type { BarrierKeys } from './barrier.js';
import { type SealedPlace, openColumn, sealColumn } from './sealed-column.js';
import { KEY_BYTES } from './share-set.js';

/** A wrapped barrier key as stored. The intermediate key is wrapped by the root key, content keys by the intermediate one. */
export interface WrappedBarrierKey {
  kind: 'intermediate' | 'content';
  epoch: number;
  parentEpoch: number;
  wrapped: Buffer;
  retiredAt: Date | null;
}

const placeOf = (kind: WrappedBarrierKey['kind'], epoch: number, parentEpoch: number): SealedPlace => ({
  table: 'barrier_keys',
  tenant: '',
  keyId: kind,
  version: epoch,
  column: 'wrapped',
  epoch: parentEpoch,
});

const wrap = (
  kind: WrappedBarrierKey['kind'],
  parent: Uint8Array,
  key: Uint8Array,
  parentEpoch: number,
  epoch = 1,
): WrappedBarrierKey => ({
  kind,
  epoch,
  parentEpoch,
  wrapped: sealColumn(parent, placeOf(kind, epoch, parentEpoch), key),
  retiredAt: null,
});

const unwrap = (parent: Uint8Array, row: WrappedBarrierKey): Buffer =>
  openColumn(parent, placeOf(row.kind, row.epoch, row.parentEpoch), row.wrapped);

/** A new content key of this epoch, wrapped; its plain bytes are zeroed before it returns. */
export const nextContentKey = (intermediate: Uint8Array, parentEpoch: number, epoch: number): WrappedBarrierKey => {
  const content = randomBytes(KEY_BYTES);
  const row = wrap('content', intermediate, content, parentEpoch, epoch);
  content.fill(0);
  return row;
};

/** A content key out of its row. Errors: `integrity`. */
export const unwrapContentKey = (intermediate: Uint8Array, row: WrappedBarrierKey): Buffer => unwrap(intermediate, row);

/** First intermediate and content key of a new barrier, wrapped; their plain bytes are zeroed before it returns. */
export const firstBarrierKeys = (root: Uint8Array, rootEpoch: number): WrappedBarrierKey[] => {
  const intermediate = randomBytes(KEY_BYTES);
  const content = randomBytes(KEY_BYTES);
  const rows = [wrap('intermediate', root, intermediate, rootEpoch), wrap('content', intermediate, content, 1)];
  intermediate.fill(0);
  content.fill(0);
  return rows;
};

/** The intermediate key of this epoch, wrapped by a root key of this epoch. */
export const wrapIntermediateKey = (
  root: Uint8Array,
  rootEpoch: number,
  intermediate: Uint8Array,
  epoch: number,
): WrappedBarrierKey => wrap('intermediate', root, intermediate, rootEpoch, epoch);

/** A content key under another intermediate key; its plain bytes are zeroed before it returns. Errors: `integrity`. */
export const rewrapContentKey = (
  row: WrappedBarrierKey,
  from: Uint8Array,
  to: Uint8Array,
  toEpoch: number,
): WrappedBarrierKey => {
  const content = unwrap(from, row);
  const { wrapped, parentEpoch } = wrap('content', to, content, toEpoch, row.epoch);
  content.fill(0);
  return { ...row, wrapped, parentEpoch };
};

/** The row of the intermediate key in use. None, several, or one of another root key: `integrity`. */
export const intermediateRow = (rootEpoch: number, rows: readonly WrappedBarrierKey[]): WrappedBarrierKey => {
  const current = rows.filter((row) => row.kind === 'intermediate' && row.retiredAt === null);
  const [link] = current;
  if (link && current.length === 1 && link.parentEpoch === rootEpoch) return link;
  throw new KmsError('integrity', { table: 'barrier_keys', key_id: 'intermediate' });
};

/** The intermediate key in use, out of its row. The caller zeroes it. Errors: `integrity`. */
export const unwrapIntermediateKey = (root: Uint8Array, row: WrappedBarrierKey): Buffer => unwrap(root, row);

/**
 * Unwraps the chain root → intermediate → content keys. A missing or altered link is `integrity`, and so are keys that are older than the
 * barrier's `turns`, which hosts remember: each turn is one epoch more of one of the three kinds.
 */
export const unwrapBarrierKeys = (
  root: Uint8Array,
  rootEpoch: number,
  rows: readonly WrappedBarrierKey[],
  turns = 1,
): BarrierKeys => {
  const link = intermediateRow(rootEpoch, rows);
  const intermediate = unwrap(root, link);
  const content = new Map<number, Buffer>();
  try {
    let newest: WrappedBarrierKey | undefined;
    for (const row of rows.filter(({ kind }) => kind === 'content')) {
      content.set(row.epoch, unwrap(intermediate, row));
      if (!newest || row.epoch > newest.epoch) newest = row;
    }
    // Retiring is not sealed, but only ever happens to keys that a newer one follows: otherwise an old key would seal again.
    if (!newest || newest.retiredAt !== null || rootEpoch + link.epoch + newest.epoch - 2 < turns)
      throw new KmsError('integrity', { table: 'barrier_keys', key_id: 'content' });
    const contentEpoch = newest.epoch;
    return { intermediate, intermediateEpoch: link.epoch, content, contentEpoch };
  } catch (error) {
    intermediate.fill(0);
    content.forEach((key) => key.fill(0));
    throw error;
  }
};
