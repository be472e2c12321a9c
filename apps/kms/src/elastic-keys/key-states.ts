import { KmsError } from '../errors/kms-error.js';
import type { ElasticKeyStatus } from './elastic-key.entity.js';
import type { MaterialKeyStatus } from './material-key.entity.js';

/** Protecting makes something new (encrypt, sign, mac, derive); processing reads what was protected before (decrypt, verify). */
export type KeyUse = 'protect' | 'process';

/**
 * A state of a version as it is told to callers. What time makes of an enabled one: `not_active` before its activation, `expired` when it
 * only decrypts and verifies, `ended` when it does not do that any more either.
 */
export type DescribedVersionStatus = MaterialKeyStatus | 'not_active' | 'expired' | 'ended';

/** The times at which the state of a version changes by itself. */
export interface VersionLife {
  status: MaterialKeyStatus;
  activatesAt: Date | null;
  expiresAt: Date | null;
  decryptsUntil: Date | null;
}

export const describedStatus = (
  { status, activatesAt, expiresAt, decryptsUntil }: VersionLife,
  now: Date,
): DescribedVersionStatus => {
  if (status !== 'enabled') return status;
  if (activatesAt !== null && now < activatesAt) return 'not_active';
  if (decryptsUntil !== null && decryptsUntil <= now) return 'ended';
  return expiresAt !== null && expiresAt <= now ? 'expired' : 'enabled';
};

/**
 * Refuses what the state of the key does not allow: disabled, pending deletion and destroyed keys do nothing. Errors: `key_disabled`,
 * `key_pending_deletion`, `key_not_found`.
 */
export function requireUsableKey(status: ElasticKeyStatus): void {
  switch (status) {
    case 'enabled':
      return;
    case 'disabled':
      throw new KmsError('key_disabled');
    case 'pending_deletion':
      throw new KmsError('key_pending_deletion');
    case 'destroyed':
      throw new KmsError('key_not_found');
  }
}

/**
 * Refuses what the state of a version does not allow (SP 800-57 part 1 §7): one before its activation does nothing, a deactivated (`expired`)
 * one still decrypts and verifies, a suspended (`disabled`) or compromised (`revoked`) one does neither. Errors: `key_not_active`,
 * `key_disabled`, `key_revoked`, `key_expired`, `key_not_found`.
 */
export function requireUsableVersion(status: DescribedVersionStatus, use: KeyUse): void {
  switch (status) {
    case 'enabled':
      return;
    case 'not_active':
      throw new KmsError('key_not_active');
    case 'expired':
      if (use === 'protect') throw new KmsError('key_expired');
      return;
    case 'ended':
      throw new KmsError('key_expired', { detail: 'The time in which the key version decrypts and verifies is over.' });
    case 'disabled':
      throw new KmsError('key_disabled');
    case 'revoked':
      throw new KmsError('key_revoked');
    case 'destroyed':
      throw new KmsError('key_not_found');
  }
}
