import type { EntityManager } from 'typeorm';
import type { Barrier } from '../barrier/barrier.js';
import type { ElasticKeyStore } from '../elastic-keys/elastic-key.store.js';
import type { MaterialKeyEntity } from '../elastic-keys/material-key.entity.js';
import { checkMaterialState, sealMaterialState } from '../elastic-keys/sealed-state.js';

/** Takes the material out of a version whose key is locked; its row stays. Errors: `integrity`. */
export async function destroyVersion(
  tx: EntityManager,
  store: ElasticKeyStore,
  barrier: Barrier,
  before: MaterialKeyEntity,
): Promise<void> {
  const thumbprint = checkMaterialState(barrier, before);
  const after = { ...before, status: 'destroyed' as const, generation: before.generation + 1, publicJwk: null };
  await store.updateVersion(tx, {
    ...after,
    ...sealMaterialState(barrier, after, thumbprint),
    sealedMaterial: Buffer.alloc(0),
  });
}
