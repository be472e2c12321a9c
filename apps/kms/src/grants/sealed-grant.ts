import type { Barrier } from '../barrier/barrier.js';
import type { SealedPlace } from '../barrier/sealed-column.js';
import { KmsError } from '../errors/kms-error.js';
import type { KeyGrantEntity } from './key-grant.entity.js';

type Unsealed = Omit<KeyGrantEntity, 'epoch' | 'sealed'>;

const placeOf = (row: Pick<KeyGrantEntity, 'id' | 'tenant' | 'elasticKeyId' | 'epoch'>): SealedPlace => ({
  table: 'key_grants',
  tenant: row.tenant,
  keyId: row.elasticKeyId,
  version: 0,
  column: `grant ${row.id}`,
  epoch: row.epoch,
});

/** What the seal must say: a fixed order makes it comparable as text. */
const textOf = (row: Unsealed): string => {
  const { contextRule: rule } = row;
  return JSON.stringify([
    1,
    row.subject,
    row.clientId,
    row.operations,
    rule === null ? null : Object.entries(rule),
    row.expiresAt?.toISOString() ?? null,
    row.createdBy,
    row.createdAt.toISOString(),
  ]);
};

/** The grant with its seal under the content key that seals now. */
export function sealGrant(barrier: Barrier, row: Unsealed): KeyGrantEntity {
  const placed = { ...row, epoch: barrier.contentEpoch };
  return { ...placed, sealed: barrier.seal(placeOf(placed), Buffer.from(textOf(row))) };
}

/** Proves that the readable columns are the sealed ones. Errors: `integrity`. */
export function checkGrant(barrier: Barrier, row: KeyGrantEntity): void {
  if (barrier.open(placeOf(row), row.sealed).toString('utf8') !== textOf(row)) {
    throw new KmsError('integrity', { table: 'key_grants', key_id: row.elasticKeyId });
  }
}
