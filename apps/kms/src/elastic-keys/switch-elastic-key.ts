import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/caller.js';
import { KmsError } from '../errors/kms-error.js';
import { ChangeElasticKey } from './change-elastic-key.js';
import type { ElasticKeyEntity, KeyAccessMode, KeyPolicy } from './elastic-key.entity.js';

/** Days between the request to delete a key and its destruction. */
export const DELETION_DAYS = { least: 7, most: 30 } as const;
const DAY_MS = 86_400_000;

/** What can be said anew of a key; what is absent stays. */
export interface KeyUpdate {
  description?: string | undefined;
  policy?: KeyPolicy | null | undefined;
  access?: KeyAccessMode | undefined;
}

/** Enables, disables, describes anew, schedules the deletion of and restores a key. Each is effective on every replica at its commit. */
@Injectable()
export class SwitchElasticKey {
  constructor(private readonly change: ChangeElasticKey) {}

  /** Doing it again changes nothing. Errors: `key_pending_deletion`. */
  async switchTo(by: Actor, id: string, status: 'enabled' | 'disabled'): Promise<ElasticKeyEntity> {
    return this.change.execute(by, id, (key) => {
      requireNotPending(key);
      return key.status === status ? undefined : { status };
    });
  }

  /** Errors: `key_pending_deletion`. */
  update(by: Actor, id: string, { description, policy, access }: KeyUpdate): Promise<ElasticKeyEntity> {
    return this.change.execute(by, id, (key) => {
      requireNotPending(key);
      return {
        ...(description === undefined ? {} : { description }),
        ...(policy === undefined ? {} : { policy }),
        ...(access === undefined ? {} : { access }),
      };
    });
  }

  /** From now on the key does nothing; after `days` its material is destroyed. Asking again keeps the first date. */
  scheduleDeletion(by: Actor, id: string, days: number): Promise<ElasticKeyEntity> {
    return this.change.execute(by, id, (key) =>
      key.status === 'pending_deletion'
        ? undefined
        : { status: 'pending_deletion', deleteAfter: new Date(Date.now() + days * DAY_MS) },
    );
  }

  /** Takes a deletion back. The key is disabled then: enabling it is a decision of its own. Errors: `state_conflict`. */
  restore(by: Actor, id: string): Promise<ElasticKeyEntity> {
    return this.change.execute(by, id, (key) => {
      if (key.status !== 'pending_deletion') {
        throw new KmsError('state_conflict', { detail: 'The deletion of the key is not pending.' });
      }
      return { status: 'disabled', deleteAfter: null };
    });
  }
}

function requireNotPending({ status }: ElasticKeyEntity): void {
  if (status === 'pending_deletion') throw new KmsError('key_pending_deletion');
}
