import type { Algorithm } from '@cryptoutil/crypto';
import { Injectable } from '@nestjs/common';
import { KeyAliases } from '../aliases/key-aliases.js';
import { Clock } from '../elastic-keys/clock.js';
import { KeyRing, type OpenKey, type OpenVersion } from '../elastic-keys/key-ring.js';
import { type KeyUse, describedStatus, requireUsableKey, requireUsableVersion } from '../elastic-keys/key-states.js';
import { LastUse } from '../elastic-keys/last-use.js';
import { KmsError } from '../errors/kms-error.js';
import type { GrantedOperation } from '../grants/granted-operation.js';
import { type ContextPermission, KeyPermissions } from '../grants/key-permissions.js';
import type { KeyOperation } from '../internal-identities/internal-identities.js';
import type { Caller } from './caller.js';

/** What has to be asked before a key is used for something. */
interface UseRule {
  /** What an internal identity must be allowed. */
  permission: KeyOperation;
  use: KeyUse;
  fits(algorithm: Algorithm): boolean;
}

const encrypts = ({ kind }: Algorithm) => kind === 'jwe';
const signs = ({ kind }: Algorithm) => kind === 'jws';
const hashes = ({ kind, keyType }: Algorithm) => kind === 'jws' && keyType === 'oct';

/** One row for each way to use a version. */
const rules = {
  encrypt: { permission: 'encrypt', use: 'protect', fits: encrypts },
  decrypt: { permission: 'decrypt', use: 'process', fits: encrypts },
  sign: { permission: 'sign', use: 'protect', fits: signs },
  verify: { permission: 'verify', use: 'process', fits: signs },
  mac: { permission: 'sign', use: 'protect', fits: hashes },
  'mac-verify': { permission: 'verify', use: 'process', fits: hashes },
  derive: { permission: 'sign', use: 'protect', fits: hashes },
} as const satisfies Record<string, UseRule>;

/** A way to use a version. */
export type VersionUse = keyof typeof rules;

/** A key of which everything has been checked that must be before it is used. */
export interface UsableKey extends OpenKey {
  version: OpenVersion;
  /** Which contexts the caller may do the operation with. */
  permits: ContextPermission;
}

/** Who wants to do what with which key (its id, or `alias:<alias>`). */
export interface KeyRequest {
  readonly caller: Caller;
  readonly operation: GrantedOperation;
  readonly id: string;
}

/** The one way to a key: every check before an operation, in order. */
@Injectable()
export class KeyAccess {
  constructor(
    private readonly ring: KeyRing,
    private readonly aliases: KeyAliases,
    private readonly clock: Clock,
    private readonly permissions: KeyPermissions,
    private readonly lastUse: LastUse,
  ) {}

  /**
   * The current version, or version `kid`. A `kid` that the key does not have gives `known: false` and the current version as a stand-in, with
   * which the operation fails as slowly as with the right one. Errors: `sealed`, `key_not_found` (foreign tenants too),
   * `operation_not_allowed`, `algorithm_not_allowed`, `integrity`, and what `key-states.ts` refuses.
   */
  async open({ caller, operation, id }: KeyRequest, use: VersionUse, kid?: string): Promise<UsableKey> {
    const rule: UseRule = rules[use];
    caller.note.keyId = id;
    const key = await this.ring.open(caller.tenant, await this.aliases.resolve(caller.tenant, id), kid);
    caller.note.keyId = key.row.id;
    const permits = await this.permissions.require(caller, key.row, operation, rule.permission);
    if (!rule.fits(key.algorithm)) throw new KmsError('algorithm_not_allowed');
    requireUsableKey(key.row.status);
    if (key.known) {
      caller.note.version = key.version.version;
      const now = this.clock.now();
      requireUsableVersion(describedStatus(key.version, now), rule.use);
      this.lastUse.note(key.version.kid, now);
    }
    return { ...key, permits };
  }
}
