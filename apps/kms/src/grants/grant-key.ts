import { uuidv7 } from '@cryptoutil/crypto';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/caller.js';
import { Barrier } from '../barrier/barrier.js';
import { ChangeElasticKey } from '../elastic-keys/change-elastic-key.js';
import { Clock } from '../elastic-keys/clock.js';
import { KmsError } from '../errors/kms-error.js';
import type { KeyGrantEntity } from './key-grant.entity.js';
import { KeyGrantStore } from './key-grant.store.js';
import { sealGrant } from './sealed-grant.js';

/** Most grants of one key. */
export const GRANTS_PER_KEY = 100;

/** What is granted to whom. */
export type NewGrant = Pick<KeyGrantEntity, 'subject' | 'clientId' | 'operations' | 'contextRule' | 'expiresAt'>;

/** Grants and takes back, each in one transaction with the key locked and the event on record. */
@Injectable()
export class GrantKey {
  constructor(
    private readonly change: ChangeElasticKey,
    private readonly store: KeyGrantStore,
    private readonly barrier: Barrier,
    private readonly clock: Clock,
  ) {}

  /** Effective on every replica at its commit. Errors: `key_not_found`, `quota_exceeded`, `invalid_request` for an end in the past. */
  async grant(by: Actor, id: string, wanted: NewGrant): Promise<KeyGrantEntity> {
    const now = this.clock.now();
    if (wanted.expiresAt !== null && wanted.expiresAt <= now)
      throw new KmsError('invalid_request', { field: 'expires_at', detail: 'expires_at: must be in the future.' });
    let made: KeyGrantEntity | undefined;
    const createdBy = by.note.who ?? 'kms';
    await this.change.execute(by, id, async (key, tx) => {
      // The lock of the key makes the count and the insert one step.
      if ((await this.store.ofKey(by.tenant, key.id, tx)).length >= GRANTS_PER_KEY)
        throw new KmsError('quota_exceeded', { quota: 'grants_per_key', limit: GRANTS_PER_KEY });
      const row = { ...wanted, id: uuidv7(), tenant: by.tenant, elasticKeyId: key.id, createdBy, createdAt: now };
      made = sealGrant(this.barrier, row);
      await this.store.insert(tx, made);
      return undefined;
    });
    if (!made) throw new KmsError('key_not_found');
    return made;
  }

  /** Errors: `grant_not_found`. */
  async revoke(by: Actor, id: string, grantId: string): Promise<void> {
    await this.change.execute(by, id, async (key, tx) => {
      if (!(await this.store.remove(tx, by.tenant, key.id, grantId))) throw new KmsError('grant_not_found');
      return undefined;
    });
  }
}
