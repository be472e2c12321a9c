import type { Barrier } from '../barrier/barrier.js';
import type { SealedPlace } from '../barrier/sealed-column.js';
import { KmsError } from '../errors/kms-error.js';
import type { ElasticKeyEntity } from './elastic-key.entity.js';
import type { MaterialKeyEntity } from './material-key.entity.js';

/** The columns of an elastic key that are repeated inside its sealed state. */
export type ElasticKeyRow = Pick<
  ElasticKeyEntity,
  | 'id'
  | 'tenant'
  | 'name'
  | 'algorithm'
  | 'status'
  | 'currentVersion'
  | 'deleteAfter'
  | 'policy'
  | 'access'
  | 'keyBits'
  | 'generation'
  | 'epoch'
  | 'sealedState'
>;

/** The columns of a version that are repeated inside its sealed state, and its material. */
export type MaterialKeyRow = Pick<
  MaterialKeyEntity,
  | 'id'
  | 'elasticKeyId'
  | 'tenant'
  | 'version'
  | 'status'
  | 'origin'
  | 'activatesAt'
  | 'expiresAt'
  | 'decryptsUntil'
  | 'destroyAt'
  | 'generation'
  | 'epoch'
  | 'sealedState'
  | 'sealedMaterial'
>;

type Unsealed<Row, Sealed extends keyof Row> = Omit<Row, Sealed | 'epoch'>;

const elasticPlace = (row: Omit<ElasticKeyRow, 'sealedState'>): SealedPlace => ({
  table: 'elastic_keys',
  tenant: row.tenant,
  keyId: row.id,
  version: row.generation,
  column: 'sealed_state',
  epoch: row.epoch,
});

const materialPlace = (
  row: Pick<MaterialKeyRow, 'tenant' | 'elasticKeyId' | 'version' | 'epoch'>,
  column: 'sealed_state' | 'sealed_material',
): SealedPlace => ({
  table: 'material_keys',
  tenant: row.tenant,
  keyId: row.elasticKeyId,
  version: row.version,
  column,
  epoch: row.epoch,
});

/**
 * What the sealed state must say for the row to be believed: a fixed order makes it comparable as text. A row without deletion date and
 * policy is written in the first format, so that the version of the kms before reads it too; each row has exactly one right text. A version
 * of the kms that knows nothing of grants cannot prove a row that is open to them alone, and so refuses the key rather than open it to all.
 */
export const elasticState = (row: Unsealed<ElasticKeyRow, 'sealedState'>): string => {
  const first = [row.name, row.algorithm, row.status, row.currentVersion, row.generation];
  const { rotate_every_seconds: rotate, expire_after_seconds: expire, ...rest } = row.policy ?? {};
  const second = [row.deleteAfter?.toISOString() ?? null, rotate ?? null, expire ?? null];
  const third = [
    ...[rest.rotate_after_messages, rest.activate_after_seconds, rest.decrypt_for_seconds],
    ...[rest.destroy_after_seconds, rest.keep_versions, row.keyBits],
  ].map((value) => value ?? null);
  const state = oldest(first, second, third);
  return row.access === 'grants' ? `${state} access grants` : state;
};

/** The oldest format that says all of it: each row has exactly one right text, and what needs no newer format is read by the version before. */
const oldest = (first: unknown[], ...later: unknown[][]): string => {
  const used = later.findLastIndex((values) => values.some((value) => value !== null));
  return JSON.stringify([used + 2, ...first, ...later.slice(0, used + 1).flat()]);
};

/** The same for a version, with the thumbprint of its public key. */
export const materialState = (
  row: Unsealed<MaterialKeyRow, 'sealedState' | 'sealedMaterial'>,
  thumbprint: string | null,
): string => {
  const first = [row.id, row.status, row.generation, thumbprint];
  const [expires, ...others] = [row.expiresAt, row.activatesAt, row.decryptsUntil, row.destroyAt].map(
    (date) => date?.toISOString() ?? null,
  );
  return oldest(first, [expires], [...others, row.origin === 'generated' ? null : row.origin]);
};

/** Epoch and sealed state of a new or changed elastic key. */
export const sealElasticState = (barrier: Barrier, row: Unsealed<ElasticKeyRow, 'sealedState'>) => {
  const epoch = barrier.contentEpoch;
  return { epoch, sealedState: barrier.seal(elasticPlace({ ...row, epoch }), Buffer.from(elasticState(row))) };
};

/** Epoch, sealed state and sealed material of a new version. The caller zeroes the plain material. */
export const sealMaterial = (
  barrier: Barrier,
  row: Unsealed<MaterialKeyRow, 'sealedState' | 'sealedMaterial'> & { thumbprint: string | null },
  material: Uint8Array,
) => {
  const epoch = barrier.contentEpoch;
  return {
    epoch,
    sealedState: barrier.seal(
      materialPlace({ ...row, epoch }, 'sealed_state'),
      Buffer.from(materialState(row, row.thumbprint)),
    ),
    sealedMaterial: barrier.seal(materialPlace({ ...row, epoch }, 'sealed_material'), material),
  };
};

/** Sealed state of a version of which only the state changes; material stays under the epoch that it has. */
export const sealMaterialState = (
  barrier: Barrier,
  row: Omit<MaterialKeyRow, 'sealedState' | 'sealedMaterial'>,
  thumbprint: string | null,
) => ({
  sealedState: barrier.seal(materialPlace(row, 'sealed_state'), Buffer.from(materialState(row, thumbprint))),
});

/** Proves that the readable columns are the sealed ones. Errors: `integrity`. */
export const checkElasticState = (barrier: Barrier, row: ElasticKeyRow): void => {
  const sealed = barrier.open(elasticPlace(row), row.sealedState).toString('utf8');
  if (sealed !== elasticState(row)) throw new KmsError('integrity', { table: 'elastic_keys', key_id: row.id });
};

/** Proves that the readable columns of a version are the sealed ones; gives the thumbprint of its public key. Errors: `integrity`. */
export const checkMaterialState = (barrier: Barrier, row: MaterialKeyRow): string | null => {
  const sealed = barrier.open(materialPlace(row, 'sealed_state'), row.sealedState).toString('utf8');
  const thumbprint = (JSON.parse(sealed) as [number, string, string, number, string | null])[4];
  if (sealed === materialState(row, thumbprint)) return thumbprint;
  throw new KmsError('integrity', { table: 'material_keys', key_id: row.elasticKeyId, version: row.version });
};

/** The plain material of a version. The caller zeroes it. Errors: `integrity`. */
export const openMaterial = (barrier: Barrier, row: MaterialKeyRow): Buffer =>
  barrier.open(materialPlace(row, 'sealed_material'), row.sealedMaterial);
