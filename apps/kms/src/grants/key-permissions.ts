import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { Actor, TokenRights } from '../access/caller.js';
import { Barrier } from '../barrier/barrier.js';
import { BarrierEpochs } from '../barrier/barrier-epochs.js';
import { Clock } from '../elastic-keys/clock.js';
import type { KeyAccessMode } from '../elastic-keys/elastic-key.entity.js';
import { KmsError } from '../errors/kms-error.js';
import { type KeyOperation, identityMay } from '../internal-identities/internal-identities.js';
import { type GrantedOperation, allows, satisfies } from './granted-operation.js';
import { KeyGrantStore } from './key-grant.store.js';
import { checkGrant } from './sealed-grant.js';

/** Of a key, what permission depends on. */
interface PermittedKey {
  id: string;
  name: string;
  tenant: string;
  access: KeyAccessMode;
}

/** Whether a permission is good for an operation that binds this context. Undefined: for every context. */
export type ContextPermission = ((context: string | undefined) => boolean) | undefined;

/** What those who administer keys may do with every key of their tenant: everything but using it. */
const administration: readonly GrantedOperation[] = ['read', 'manage'];

/**
 * The one place that says who may do what with a key. The scope of a token was asked at the route and the tenant when the key was found; what
 * is left is the key's own rule: open to its tenant, or only to those with a grant.
 */
@Injectable()
export class KeyPermissions {
  constructor(
    private readonly store: KeyGrantStore,
    private readonly barrier: Barrier,
    private readonly epochs: BarrierEpochs,
    private readonly clock: Clock,
  ) {}

  /**
   * Which contexts `by` may do this with. Grants are read on every call, so that one made or taken away on another replica counts at once.
   * `permission` is what an internal identity needs. Errors: `operation_not_allowed`, `integrity`.
   */
  async require(
    by: Actor,
    key: PermittedKey,
    operation: GrantedOperation,
    permission: KeyOperation | undefined = undefined,
    tx?: EntityManager,
  ): Promise<ContextPermission> {
    switch (by.rights?.kind) {
      case undefined:
        return undefined;
      case 'operator':
        if (!administration.includes(operation)) throw new KmsError('operation_not_allowed');
        return undefined;
      case 'identity':
        if (permission === undefined || !identityMay(by.rights.identity, key.name, permission))
          throw new KmsError('operation_not_allowed');
        return undefined;
      case 'token':
        return this.#ofToken(by.rights, key, operation, tx);
    }
  }

  async #ofToken(
    rights: TokenRights,
    key: PermittedKey,
    operation: GrantedOperation,
    tx: EntityManager | undefined,
  ): Promise<ContextPermission> {
    if (key.access === 'tenant') return undefined;
    if (rights.administers && administration.includes(operation)) return undefined;
    const grants = await this.store.ofGrantee(key.tenant, key.id, rights, tx);
    const now = this.clock.now();
    const good = grants.filter(
      ({ operations, expiresAt }) => allows(operations, operation) && (expiresAt === null || expiresAt > now),
    );
    if (good.length === 0) throw new KmsError('operation_not_allowed');
    // Public keys are served while sealed: then rows cannot be proved, of grants as little as of keys.
    if (!this.barrier.locked) {
      await this.epochs.ensure(good);
      for (const grant of good) checkGrant(this.barrier, grant);
    }
    if (good.some(({ contextRule }) => contextRule === null)) return undefined;
    return (context) => good.some(({ contextRule }) => satisfies(contextRule, context));
  }
}
