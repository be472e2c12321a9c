import { type AccessTokenClaims, DEFAULT_TENANT } from '@cryptoutil/oauth';
import { KmsError } from '../errors/kms-error.js';

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
  /** Whoever it was gave a genuine share, which only a holder can. */
  holdsShare?: boolean;
  /** The event was committed together with the change that it tells of. */
  chained?: boolean;
}

/** Of an access token, what decides about keys. */
export interface TokenRights {
  readonly kind: 'token';
  readonly subject: string;
  readonly clientId: string;
  /** Its scope has `kms:admin`. */
  readonly administers: boolean;
}

/** What decides which keys somebody may use, and for what. */
export type Rights =
  TokenRights | { readonly kind: 'identity'; readonly identity: string } | { readonly kind: 'operator' };

/** On whose behalf something is changed, and in which tenant. */
export interface Actor {
  readonly tenant: string;
  readonly note: AuditNote;
  /** Absent: the kms itself, or an operator at a route of the administration; no key is closed to them. */
  readonly rights?: Rights;
}

/** The kms itself, for what it does without being asked. */
export const kmsActor = (tenant: string, operation: string): Actor => ({
  tenant,
  note: { who: 'kms', tenant, operation },
});

/** Who calls, in which tenant, and what may be done with a key that is theirs. */
export interface Caller extends Actor {
  readonly rights: Rights;
  /** Names of keys the caller may see; undefined: all of the tenant that are not closed by grants. */
  readonly visibleNames: readonly string[] | undefined;
}

/** Tenant of a caller with this access token. */
export const tenantOf = ({ tenant = DEFAULT_TENANT }: Pick<AccessTokenClaims, 'tenant'>): string => tenant;

/** A caller with an access token. */
export const tokenCaller = (
  token: Pick<AccessTokenClaims, 'sub' | 'client_id' | 'scope' | 'tenant'>,
  note: AuditNote,
): Caller => {
  const tenant = tenantOf(token);
  const { sub: subject, client_id: clientId } = token;
  note.who = subject === clientId ? `client:${clientId}` : `user:${subject} client:${clientId}`;
  note.tenant = tenant;
  const administers = token.scope.has('kms:admin');
  return {
    tenant,
    note,
    rights: { kind: 'token', subject, clientId, administers },
    visibleNames: undefined,
  };
};

/** A service of the suite, known by its certificate. Its tenant has its name. */
export const identityCaller = (identity: string, readable: readonly string[], note: AuditNote): Caller => {
  note.who = `identity:${identity}`;
  note.tenant = identity;
  return { tenant: identity, note, rights: { kind: 'identity', identity }, visibleNames: readable };
};

/** An operator, known by the certificate of `ops`: administers the keys of the default tenant, and uses none of them. */
export const operatorCaller = (note: AuditNote): Caller => {
  note.who = 'identity:ops';
  note.tenant = DEFAULT_TENANT;
  return { tenant: DEFAULT_TENANT, note, rights: { kind: 'operator' }, visibleNames: undefined };
};

/** Only who administers the keys of the tenant. Errors: `operation_not_allowed`. */
export function requireAdministrator({ rights }: Caller): void {
  if (rights.kind === 'operator' || (rights.kind === 'token' && rights.administers)) return;
  throw new KmsError('operation_not_allowed');
}
