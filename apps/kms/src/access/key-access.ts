import { Injectable } from '@nestjs/common';
import { KeyAliases } from '../aliases/key-aliases.js';
import { Clock } from '../elastic-keys/clock.js';
import { type KeyUse, describedStatus, requireUsableKey, requireUsableVersion } from '../elastic-keys/key-states.js';
import { KeyRing, type OpenKey, type OpenVersion } from '../elastic-keys/key-ring.js';
import { KmsError } from '../errors/kms-error.js';
import type { KeyOperation } from '../internal-identities/internal-identities.js';
import type { Caller } from './caller.js';

/** An operation that needs an unwrapped key, and the kind of algorithm that does it. */
const kinds = { encrypt: 'jwe', decrypt: 'jwe', sign: 'jws', verify: 'jws' } as const satisfies Partial<
  Record<KeyOperation, 'jwe' | 'jws'>
>;

/** How each operation uses a version. */
const uses = {
  encrypt: 'protect',
  decrypt: 'process',
  sign: 'protect',
  verify: 'process',
} as const satisfies Record<keyof typeof kinds, KeyUse>;

/** A key of which everything has been checked that must be before it is used. */
export interface UsableKey extends OpenKey {
  version: OpenVersion;
}

/** The one way to a key: every check before an operation, in order. */
@Injectable()
export class KeyAccess {
  constructor(
    private readonly ring: KeyRing,
    private readonly aliases: KeyAliases,
    private readonly clock: Clock,
  ) {}

  /**
   * The current version for protecting, or version `kid`. A `kid` that the key does not have gives undefined: what that means is the
   * operation's to say. Errors: `sealed`, `key_not_found` (foreign tenants too), `operation_not_allowed`, `algorithm_not_allowed`,
   * `integrity`, and what `key-states.ts` refuses.
   */
  async open(caller: Caller, operation: keyof typeof kinds, id: string, kid?: string): Promise<UsableKey | undefined> {
    caller.note.operation = operation;
    caller.note.keyId = id;
    const key = await this.ring.open(caller.tenant, await this.aliases.resolve(caller.tenant, id), kid);
    caller.note.keyId = key.row.id;
    caller.requireMay(operation, key.row.name);
    if (key.algorithm.kind !== kinds[operation]) throw new KmsError('algorithm_not_allowed');
    requireUsableKey(key.row.status);
    const { version } = key;
    if (!version) return undefined;
    caller.note.version = version.version;
    requireUsableVersion(describedStatus(version, this.clock.now()), uses[operation]);
    return { ...key, version };
  }

  /** The current version. */
  async openCurrent(caller: Caller, operation: 'encrypt' | 'sign', id: string): Promise<UsableKey> {
    const key = await this.open(caller, operation, id);
    if (!key) throw new KmsError('integrity', { table: 'material_keys', key_id: id });
    return key;
  }
}
