import type { UsableKey, VersionUse } from '../access/key-access.js';
import type { KeySource } from '../access/key-source.js';
import { KmsError } from '../errors/kms-error.js';

/** The current version, or the one that was asked for. Errors: those of the key, `key_not_found` for an unknown `kid`. */
export async function namedVersion(keys: KeySource, use: VersionUse, kid: string | undefined) {
  const key: UsableKey = await keys.open(use, kid);
  if (!key.known) throw new KmsError('key_not_found', { field: 'kid', detail: 'The key has no such version.' });
  return { kid: key.version.kid, key };
}
