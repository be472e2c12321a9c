import type { UsableKey, VersionUse } from '../access/key-access.js';
import type { KeySource } from '../access/key-source.js';
import { KmsError } from '../errors/kms-error.js';
import { namedVersion } from './named-version.js';

/**
 * The imported version that the caller names for a message made before it was imported. Messages of this kms name their version themselves, so
 * that a generated one is not taken for them. Errors: those of the key, `key_not_found`, `invalid_request`.
 */
export async function foreignVersion(keys: KeySource, use: VersionUse, kid: string): Promise<UsableKey> {
  const { key } = await namedVersion(keys, use, kid);
  if (key.version.origin === 'imported') return key;
  throw new KmsError('invalid_request', {
    field: 'kid',
    detail: 'kid: only an imported version is named for a message; others are named by the message.',
  });
}
