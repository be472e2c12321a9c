import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/caller.js';
import { Barrier } from '../barrier/barrier.js';
import { KmsError } from '../errors/kms-error.js';
import { AddVersion } from './add-version.js';
import { algorithmOf } from './algorithms.js';
import type { ElasticKeyEntity } from './elastic-key.entity.js';
import { ElasticKeyStore } from './elastic-key.store.js';
import { MaterialSource } from './material-source.js';

/** Adds a freshly generated version. Older versions go on decrypting and verifying. */
@Injectable()
export class RotateElasticKey {
  constructor(
    private readonly adding: AddVersion,
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
    const material = await this.source.fresh(algorithmOf(found.key), found.key.keyBits);
    try {
      return await this.adding.execute(by, found.key, material, ifVersion);
    } finally {
      material.bytes.fill(0);
    }
  }
}
