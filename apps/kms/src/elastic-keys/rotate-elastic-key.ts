import { inTransaction } from '@cryptoutil/database';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Barrier } from '../barrier/barrier.js';
import { KmsError } from '../errors/kms-error.js';
import { algorithmOf } from './algorithms.js';
import type { ElasticKeyEntity } from './elastic-key.entity.js';
import { ElasticKeyStore } from './elastic-key.store.js';
import { freshMaterial, newVersion } from './new-version.js';
import { checkElasticState, sealElasticState } from './sealed-state.js';

/** Adds a version and makes it the current one, in one transaction. Older versions go on decrypting and verifying. */
@Injectable()
export class RotateElasticKey {
  constructor(
    private readonly dataSource: DataSource,
    private readonly store: ElasticKeyStore,
    private readonly barrier: Barrier,
  ) {}

  /** The committed key. Several at once each add a version. Errors: `sealed`, `key_not_found`, `key_disabled`, `integrity`. */
  async execute(tenant: string, id: string): Promise<{ key: ElasticKeyEntity; kid: string }> {
    this.barrier.requireUnlocked();
    const found = await this.store.describe(tenant, id);
    if (!found) throw new KmsError('key_not_found');
    const material = await freshMaterial(algorithmOf(found.key));
    try {
      return await inTransaction(this.dataSource, async (tx) => {
        const before = await this.store.lockKey(tx, tenant, id);
        if (!before) throw new KmsError('key_not_found');
        checkElasticState(this.barrier, before);
        // Only now is the algorithm proved: material of another kind must not become a version of this key.
        if (before.algorithm !== found.key.algorithm)
          throw new KmsError('integrity', { table: 'elastic_keys', key_id: id });
        if (before.status !== 'enabled') throw new KmsError('key_disabled');
        const row = {
          ...before,
          currentVersion: before.currentVersion + 1,
          generation: before.generation + 1,
          updatedAt: new Date(),
        };
        const key: ElasticKeyEntity = { ...row, ...sealElasticState(this.barrier, row) };
        const version = newVersion(this.barrier, { id, tenant, version: key.currentVersion }, material);
        await this.store.addVersion(tx, key, version);
        return { key, kid: version.id };
      });
    } finally {
      material.bytes.fill(0);
    }
  }
}
