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

/** Unwraps the chain root → intermediate → content keys. A missing or altered link is `integrity`. */
export const unwrapBarrierKeys = (
  root: Uint8Array,
  rootEpoch: number,
  rows: readonly WrappedBarrierKey[],
): BarrierKeys => {
  const current = rows.filter((row) => row.kind === 'intermediate' && row.retiredAt === null);
  const [link] = current;
  if (!link || current.length !== 1 || link.parentEpoch !== rootEpoch) {
    throw new KmsError('integrity', { table: 'barrier_keys', key_id: 'intermediate' });
  }
  const intermediate = unwrap(root, link);
  const content = new Map<number, Buffer>();
  try {
    let contentEpoch = 0;
    for (const row of rows.filter(({ kind }) => kind === 'content')) {
      content.set(row.epoch, unwrap(intermediate, row));
      if (row.retiredAt === null) contentEpoch = Math.max(contentEpoch, row.epoch);
    }
    if (contentEpoch === 0) throw new KmsError('integrity', { table: 'barrier_keys', key_id: 'content' });
    return { intermediate, intermediateEpoch: link.epoch, content, contentEpoch };
  } catch (error) {
    intermediate.fill(0);
    content.forEach((key) => key.fill(0));
    throw error;
  }
};
