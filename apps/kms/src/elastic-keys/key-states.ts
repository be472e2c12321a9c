import { KmsError } from '../errors/kms-error.js';
import type { ElasticKeyStatus } from './elastic-key.entity.js';
import type { MaterialKeyStatus } from './material-key.entity.js';

/** Protecting makes something new (encrypt, sign, mac, derive); processing reads what was protected before (decrypt, verify). */
export type KeyUse = 'protect' | 'process';

/** A state of a version as it is told to callers: an enabled one whose time is over is `expired`. */
export type DescribedVersionStatus = MaterialKeyStatus | 'expired';

export const describedStatus = (
  { status, expiresAt }: { status: MaterialKeyStatus; expiresAt: Date | null },
  now: Date,
): DescribedVersionStatus => (status === 'enabled' && expiresAt !== null && expiresAt <= now ? 'expired' : status);

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
 * Refuses what the state of a version does not allow (SP 800-57 part 1 §7): a deactivated (`expired`) version still decrypts and verifies, a
 * suspended (`disabled`) or compromised (`revoked`) one does neither. Errors: `key_disabled`, `key_revoked`, `key_expired`, `key_not_found`.
 */
export function requireUsableVersion(status: DescribedVersionStatus, use: KeyUse): void {
  switch (status) {
    case 'enabled':
      return;
    case 'expired':
      if (use === 'protect') throw new KmsError('key_expired');
      return;
    case 'disabled':
      throw new KmsError('key_disabled');
    case 'revoked':
      throw new KmsError('key_revoked');
    case 'destroyed':
      throw new KmsError('key_not_found');
  }
}
