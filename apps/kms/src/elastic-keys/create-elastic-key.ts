import { uuidv7 } from '@cryptoutil/crypto';
import { inTransaction } from '@cryptoutil/database';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Barrier } from '../barrier/barrier.js';
import { KmsError } from '../errors/kms-error.js';
import { type ElasticKeyAlgorithm, algorithmOf } from './algorithms.js';
import type { ElasticKeyEntity } from './elastic-key.entity.js';
import { ElasticKeyStore } from './elastic-key.store.js';
import { freshMaterial, newVersion } from './new-version.js';
import { sealElasticState } from './sealed-state.js';

/** What a new key is to be. */
export interface NewElasticKey {
  name: string;
  description: string;
  algorithm: ElasticKeyAlgorithm;
}

/** Makes a key with its first version, in one transaction. */
@Injectable()
export class CreateElasticKey {
  constructor(
    private readonly dataSource: DataSource,
    private readonly store: ElasticKeyStore,
    private readonly barrier: Barrier,
  ) {}

  /** The committed key. Errors: `sealed`, `name_taken` (for all but one when several come at once). */
  async execute(tenant: string, wanted: NewElasticKey): Promise<{ key: ElasticKeyEntity; kid: string }> {
    this.barrier.requireUnlocked();
    if (await this.store.nameTaken(tenant, wanted.name)) throw new KmsError('name_taken');
    const material = await freshMaterial(algorithmOf({ ...wanted, id: wanted.name }));
    try {
      const now = new Date();
      const row = {
        ...wanted,
        id: uuidv7(),
        tenant,
        status: 'enabled' as const,
        currentVersion: 1,
        generation: 1,
        createdAt: now,
        updatedAt: now,
      };
      const key: ElasticKeyEntity = { ...row, ...sealElasticState(this.barrier, row) };
      const version = newVersion(this.barrier, { id: key.id, tenant, version: 1 }, material);
      await inTransaction(this.dataSource, async (tx) => {
        if (!(await this.store.insertKey(tx, key, version))) throw new KmsError('name_taken');
      });
      return { key, kid: version.id };
    } finally {
      material.bytes.fill(0);
    }
  }
}
