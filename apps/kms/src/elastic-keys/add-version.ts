import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/caller.js';
import { Barrier } from '../barrier/barrier.js';
import { KmsError } from '../errors/kms-error.js';
import { ChangeElasticKey } from './change-elastic-key.js';
import type { ElasticKeyEntity } from './elastic-key.entity.js';
import { ElasticKeyStore } from './elastic-key.store.js';
import { requireUsableKey } from './key-states.js';
import type { MaterialKeyEntity } from './material-key.entity.js';
import { type FreshMaterial, newVersion } from './new-version.js';

/** Adds a version to a key and makes it the current one, in one transaction; by policy it becomes that only when it is active. */
@Injectable()
export class AddVersion {
  constructor(
    private readonly change: ChangeElasticKey,
    private readonly store: ElasticKeyStore,
    private readonly barrier: Barrier,
  ) {}

  /**
   * The committed key with its current version. `expected` is the key as it was when the material was made for it. With `ifVersion` only while
   * that version is current and none waits to follow it; undefined otherwise. The caller zeroes the material. Errors: `key_not_found`,
   * `key_disabled`, `key_pending_deletion`, `integrity`.
   */
  async execute(
    by: Actor,
    expected: ElasticKeyEntity,
    material: FreshMaterial,
    ifVersion?: number,
  ): Promise<{ key: ElasticKeyEntity; kid: string } | undefined> {
    const { id } = expected;
    let added: MaterialKeyEntity | undefined;
    const key = await this.change.execute(by, id, async (before, tx) => {
      // Only now is the algorithm proved: material of another kind must not become a version of this key.
      if (before.algorithm !== expected.algorithm || before.keyBits !== expected.keyBits)
        throw new KmsError('integrity', { table: 'elastic_keys', key_id: id });
      requireUsableKey(before.status);
      const { newest, waiting } = await this.store.newestVersion(tx, before);
      if (ifVersion !== undefined && (before.currentVersion !== ifVersion || waiting)) return undefined;
      const place = { id, tenant: by.tenant, version: newest + 1 };
      const version = newVersion(this.barrier, place, material, before.policy);
      await this.store.addVersion(tx, version);
      by.note.version = version.version;
      added = version;
      return version.activatesAt === null ? { currentVersion: version.version } : undefined;
    });
    // One that waits for its activation leaves the version before it the current one.
    if (added?.activatesAt) return this.store.describe(by.tenant, id);
    return added && { key, kid: added.id };
  }
}
