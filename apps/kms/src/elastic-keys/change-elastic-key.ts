import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Actor } from '../access/caller.js';
import { AuditedTransaction } from '../audit/audited-transaction.js';
import { Barrier } from '../barrier/barrier.js';
import { KmsError } from '../errors/kms-error.js';
import { KeyPermissions } from '../grants/key-permissions.js';
import type { ElasticKeyEntity } from './elastic-key.entity.js';
import { ElasticKeyStore } from './elastic-key.store.js';
import { checkElasticState, sealElasticState } from './sealed-state.js';

/** What of a key can be changed. Undefined from a change means that nothing has to be written. */
export type KeyChange = Partial<
  Pick<ElasticKeyEntity, 'status' | 'description' | 'deleteAfter' | 'policy' | 'access' | 'currentVersion'>
>;

/** Changes the state of a key in one transaction: locked, proved, decided, sealed anew, on record, committed. */
@Injectable()
export class ChangeElasticKey {
  constructor(
    private readonly changes: AuditedTransaction,
    private readonly store: ElasticKeyStore,
    private readonly barrier: Barrier,
    private readonly permissions: KeyPermissions,
  ) {}

  /**
   * `change` sees the proved row and says what becomes of it; it may do more in the same transaction. Resolves after the commit. Errors:
   * `sealed`, `key_not_found` (destroyed keys too), `integrity`, `operation_not_allowed`, and what `change` throws.
   */
  execute(
    by: Actor,
    id: string,
    change: (key: ElasticKeyEntity, tx: EntityManager) => KeyChange | undefined | Promise<KeyChange | undefined>,
  ): Promise<ElasticKeyEntity> {
    by.note.keyId = id;
    this.barrier.requireUnlocked();
    return this.changes.run(by, async (tx) => {
      const before = await this.store.lockKey(tx, by.tenant, id);
      if (!before) throw new KmsError('key_not_found');
      checkElasticState(this.barrier, before);
      if (before.status === 'destroyed') throw new KmsError('key_not_found');
      await this.permissions.require(by, before, 'manage', undefined, tx);
      const changed = await change(before, tx);
      return changed ? this.write(tx, before, changed) : before;
    });
  }

  /** Seals and writes a proved, locked row with its changes. */
  async write(tx: EntityManager, before: ElasticKeyEntity, changed: KeyChange): Promise<ElasticKeyEntity> {
    const row = { ...before, ...changed, generation: before.generation + 1, updatedAt: new Date() };
    const key: ElasticKeyEntity = { ...row, ...sealElasticState(this.barrier, row) };
    await this.store.updateKey(tx, key);
    return key;
  }
}
