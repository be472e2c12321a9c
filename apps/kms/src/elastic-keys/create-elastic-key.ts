import { type RsaBits, uuidv7 } from '@cryptoutil/crypto';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/caller.js';
import { AuditedTransaction } from '../audit/audited-transaction.js';
import { Barrier } from '../barrier/barrier.js';
import { KmsError } from '../errors/kms-error.js';
import { type ElasticKeyAlgorithm, algorithmOf } from './algorithms.js';
import type { ElasticKeyEntity, KeyAccessMode, KeyPolicy } from './elastic-key.entity.js';
import { ElasticKeyStore } from './elastic-key.store.js';
import { MaterialSource } from './material-source.js';
import { type FreshMaterial, newVersion } from './new-version.js';
import { sealElasticState } from './sealed-state.js';

/** What a new key is to be. */
export interface NewElasticKey {
  name: string;
  description: string;
  algorithm: ElasticKeyAlgorithm;
  /** Length of RSA keys; the default when absent. */
  keyBits?: RsaBits | null | undefined;
  policy?: KeyPolicy | undefined;
  /** Default: `tenant`. */
  access?: KeyAccessMode;
}

/** Makes a key with its first version, in one transaction. */
@Injectable()
export class CreateElasticKey {
  constructor(
    private readonly changes: AuditedTransaction,
    private readonly store: ElasticKeyStore,
    private readonly barrier: Barrier,
    private readonly source: MaterialSource,
  ) {}

  /** The committed key. Errors: `sealed`, `name_taken` (for all but one when several come at once). */
  async execute(by: Actor, wanted: NewElasticKey): Promise<{ key: ElasticKeyEntity; kid: string }> {
    await this.requireFree(by, wanted.name);
    const material = await this.source.fresh(algorithmOf({ ...wanted, id: wanted.name }), wanted.keyBits ?? null);
    return this.withMaterial(by, wanted, material);
  }

  /** Before material is made for a key that cannot be. Errors: `sealed`, `name_taken`. */
  async requireFree({ tenant }: Actor, name: string): Promise<void> {
    this.barrier.requireUnlocked();
    if (await this.store.nameTaken(tenant, name)) throw new KmsError('name_taken');
  }

  /** With this material as its first version; zeroes it. Errors as above. */
  async withMaterial(
    by: Actor,
    { keyBits = null, ...wanted }: NewElasticKey,
    material: FreshMaterial,
  ): Promise<{ key: ElasticKeyEntity; kid: string }> {
    const { tenant } = by;
    try {
      const now = new Date();
      const row = {
        ...wanted,
        id: uuidv7(),
        tenant,
        keyBits,
        status: 'enabled' as const,
        policy: wanted.policy ?? null,
        access: wanted.access ?? 'tenant',
        deleteAfter: null,
        currentVersion: 1,
        generation: 1,
        createdAt: now,
        updatedAt: now,
      };
      Object.assign(by.note, { keyId: row.id, version: 1 });
      return await this.changes.run(by, async (tx) => {
        const key: ElasticKeyEntity = { ...row, ...sealElasticState(this.barrier, row) };
        const version = newVersion(this.barrier, { id: key.id, tenant, version: 1 }, material, row.policy);
        if (!(await this.store.insertKey(tx, key, version))) throw new KmsError('name_taken');
        return { key, kid: version.id };
      });
    } finally {
      material.bytes.fill(0);
    }
  }
}
