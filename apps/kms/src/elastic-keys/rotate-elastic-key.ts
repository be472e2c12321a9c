import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/caller.js';
import { Barrier } from '../barrier/barrier.js';
import { KmsError } from '../errors/kms-error.js';
import { algorithmOf } from './algorithms.js';
import { ChangeElasticKey } from './change-elastic-key.js';
import type { ElasticKeyEntity } from './elastic-key.entity.js';
import { ElasticKeyStore } from './elastic-key.store.js';
import { requireUsableKey } from './key-states.js';
import { MaterialSource } from './material-source.js';
import { newVersion } from './new-version.js';

/** Adds a version and makes it the current one, in one transaction. Older versions go on decrypting and verifying. */
@Injectable()
export class RotateElasticKey {
  constructor(
    private readonly change: ChangeElasticKey,
    private readonly store: ElasticKeyStore,
    private readonly barrier: Barrier,
    private readonly source: MaterialSource,
  ) {}

  /**
   * The committed key. Several at once each add a version; with `ifVersion` only while that one is current (undefined otherwise). Errors:
   * `sealed`, `key_not_found`, `key_disabled`, `key_pending_deletion`, `integrity`.
   */
  async execute(by: Actor, id: string): Promise<{ key: ElasticKeyEntity; kid: string }>;
  async execute(by: Actor, id: string, ifVersion: number): Promise<{ key: ElasticKeyEntity; kid: string } | undefined>;
  async execute(
    by: Actor,
    id: string,
    ifVersion?: number,
  ): Promise<{ key: ElasticKeyEntity; kid: string } | undefined> {
    this.barrier.requireUnlocked();
    const found = await this.store.describe(by.tenant, id);
    if (!found) throw new KmsError('key_not_found');
    const material = await this.source.fresh(algorithmOf(found.key));
    try {
      let kid: string | undefined;
      const key = await this.change.execute(by, id, async (before, tx) => {
        // Only now is the algorithm proved: material of another kind must not become a version of this key.
        if (before.algorithm !== found.key.algorithm)
          throw new KmsError('integrity', { table: 'elastic_keys', key_id: id });
        requireUsableKey(before.status);
        if (ifVersion !== undefined && before.currentVersion !== ifVersion) return undefined;
        const version = newVersion(
          this.barrier,
          { id, tenant: by.tenant, version: before.currentVersion + 1 },
          material,
          before.policy,
        );
        await this.store.addVersion(tx, version);
        kid = version.id;
        by.note.version = version.version;
        return { currentVersion: version.version };
      });
      return kid === undefined ? undefined : { key, kid };
    } finally {
      material.bytes.fill(0);
    }
  }
}
