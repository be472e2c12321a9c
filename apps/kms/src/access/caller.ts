import { KmsError } from '../errors/kms-error.js';
import { type KeyOperation, identityMay } from '../internal-identities/internal-identities.js';

/** What the audit trail will say of a request; filled in while it is served. */
export interface AuditNote {
  who?: string;
  tenant?: string;
  operation?: string;
  keyId?: string;
  version?: number;
  /** Items of a batch, and how many of them were refused. */
  items?: number;
  refusedItems?: number;
  refusal?: string;
  /** The event was committed together with the change that it tells of. */
  chained?: boolean;
}

/** Tenant of everybody who comes with an access token. */
export const TOKEN_TENANT = 'default';

/** On whose behalf something is changed, and in which tenant. */
export interface Actor {
  readonly tenant: string;
  readonly note: AuditNote;
}

/** The kms itself, for what it does without being asked. */
export const kmsActor = (tenant: string, operation: string): Actor => ({
  tenant,
  note: { who: 'kms', tenant, operation },
});

/** Who calls, in which tenant, and what may be done with a key that is theirs. */
export interface Caller extends Actor {
  /** Errors: `operation_not_allowed`. What the scopes of a token allow was decided at the route already. */
  requireMay(operation: KeyOperation, keyName: string): void;
  /** Names of keys the caller may see; undefined: all of the tenant. */
  readonly visibleNames: readonly string[] | undefined;
}

/** A caller with an access token. */
export const tokenCaller = (token: { sub: string; client_id: string }, note: AuditNote): Caller => {
  note.who =
    token.sub === token.client_id ? `client:${token.client_id}` : `user:${token.sub} client:${token.client_id}`;
  note.tenant = TOKEN_TENANT;
  return { tenant: TOKEN_TENANT, note, requireMay: () => undefined, visibleNames: undefined };
};

/** A service of the suite, known by its certificate. Its tenant has its name. */
export const identityCaller = (identity: string, readable: readonly string[], note: AuditNote): Caller => {
  note.who = `identity:${identity}`;
  note.tenant = identity;
  return {
    tenant: identity,
    note,
    requireMay: (operation, keyName) => {
      if (!identityMay(identity, keyName, operation)) throw new KmsError('operation_not_allowed');
    },
    visibleNames: readable,
  };
};
