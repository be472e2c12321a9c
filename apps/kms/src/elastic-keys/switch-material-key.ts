import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/caller.js';
import { Barrier } from '../barrier/barrier.js';
import { KmsError } from '../errors/kms-error.js';
import { ChangeElasticKey } from './change-elastic-key.js';
import { ElasticKeyStore } from './elastic-key.store.js';
import type { MaterialKeyEntity } from './material-key.entity.js';
import { checkMaterialState, sealMaterialState } from './sealed-state.js';

/** Enables, disables and revokes one version. Effective on every replica at commit. */
@Injectable()
export class SwitchMaterialKey {
  constructor(
    private readonly change: ChangeElasticKey,
    private readonly store: ElasticKeyStore,
    private readonly barrier: Barrier,
  ) {}

  /**
   * Doing it again changes nothing; a revoked version stays revoked. Errors: `key_not_found` (no such version either), `key_revoked`,
   * `key_pending_deletion`, `integrity`.
   */
  async execute(
    by: Actor,
    id: string,
    version: number,
    status: 'enabled' | 'disabled' | 'revoked',
  ): Promise<{ version: MaterialKeyEntity; currentVersion: number }> {
    by.note.version = version;
    let changed: MaterialKeyEntity | undefined;
    const key = await this.change.execute(by, id, async (row, tx) => {
      if (row.status === 'pending_deletion') throw new KmsError('key_pending_deletion');
      const before = await this.store.lockVersion(tx, row, version);
      if (!before) throw new KmsError('key_not_found');
      const thumbprint = checkMaterialState(this.barrier, before);
      changed = before;
      if (before.status === status) return undefined;
      if (before.status !== 'enabled' && before.status !== 'disabled') throw new KmsError('key_revoked');
      const after = { ...before, status, generation: before.generation + 1 };
      changed = { ...after, ...sealMaterialState(this.barrier, after, thumbprint) };
      await this.store.updateVersion(tx, changed);
      return undefined;
    });
    if (!changed) throw new KmsError('key_not_found');
    return { version: changed, currentVersion: key.currentVersion };
  }
}
