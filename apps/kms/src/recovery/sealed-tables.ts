import { importMaterial, jwkThumbprint, type Algorithm, type JsonWebKey } from '@cryptoutil/crypto';
import type { EntityTarget, ObjectLiteral } from 'typeorm';
import { KeyAliasEntity } from '../aliases/key-alias.entity.js';
import { checkAlias } from '../aliases/key-aliases.js';
import type { Barrier } from '../barrier/barrier.js';
import { algorithmOf } from '../elastic-keys/algorithms.js';
import { ElasticKeyEntity } from '../elastic-keys/elastic-key.entity.js';
import { MaterialKeyEntity } from '../elastic-keys/material-key.entity.js';
import { checkElasticState, checkMaterialState, openMaterial } from '../elastic-keys/sealed-state.js';
import { KmsError } from '../errors/kms-error.js';
import { KeyGrantEntity } from '../grants/key-grant.entity.js';
import { checkGrant } from '../grants/sealed-grant.js';
import { WrappingKeyEntity } from '../import/wrapping-key.entity.js';
import { openWrappingKey } from '../import/wrapping-keys.js';

/** A table with sealed values: how its rows are gone through, and what proves one. */
export interface SealedTable {
  table: string;
  entity: EntityTarget<ObjectLiteral>;
  order: readonly string[];
  check: (row: ObjectLiteral) => void;
}

const sealed = <Row extends ObjectLiteral>(
  table: string,
  entity: EntityTarget<Row>,
  order: readonly string[],
  check: (row: Row) => void,
): SealedTable => ({ table, entity, order, check: check as SealedTable['check'] });

/** Every table of the kms whose rows open with a content key. A new one is a new line; without it a verification fails and names the table. */
export function sealedTables(barrier: Barrier, kids: Set<string>): readonly SealedTable[] {
  const algorithms = new Map<string, Algorithm>();
  return [
    sealed('elastic_keys', ElasticKeyEntity, ['id'], (row) => {
      checkElasticState(barrier, row);
      algorithms.set(row.id, algorithmOf(row));
    }),
    sealed('material_keys', MaterialKeyEntity, ['id'], (row) => {
      if (checkVersion(barrier, row, algorithms.get(row.elasticKeyId)!)) kids.add(row.id);
    }),
    sealed('key_aliases', KeyAliasEntity, ['tenant', 'alias'], (row) => checkAlias(barrier, row)),
    sealed('key_grants', KeyGrantEntity, ['id'], (row) => checkGrant(barrier, row)),
    sealed('wrapping_keys', WrappingKeyEntity, ['id'], (row) => void openWrappingKey(barrier, row).fill(0)),
  ];
}

/** Proves a version and that its material is a key of its algorithm. False for a destroyed one, which has none. */
function checkVersion(barrier: Barrier, row: MaterialKeyEntity, algorithm: Algorithm): boolean {
  const thumbprint = checkMaterialState(barrier, row);
  if (row.status === 'destroyed') return false;
  const bytes = openMaterial(barrier, row);
  try {
    importMaterial(algorithm, bytes);
  } finally {
    bytes.fill(0);
  }
  if (row.publicJwk && jwkThumbprint(row.publicJwk as JsonWebKey) !== thumbprint)
    throw new KmsError('integrity', { table: 'material_keys', key_id: row.elasticKeyId, version: row.version });
  return true;
}
