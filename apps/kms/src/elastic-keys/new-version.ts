import { uuidv7 } from '@cryptoutil/crypto';
import type { Barrier } from '../barrier/barrier.js';
import type { KeyPolicy } from './elastic-key.entity.js';
import type { MaterialKeyEntity } from './material-key.entity.js';
import { sealMaterial } from './sealed-state.js';

/** Freshly generated material that is not in a row yet. */
export interface FreshMaterial {
  bytes: Buffer;
  publicJwk: Record<string, unknown> | null;
  thumbprint: string | null;
}

/** The sealed row of a new version. */
export function newVersion(
  barrier: Barrier,
  key: { id: string; tenant: string; version: number },
  { bytes, publicJwk, thumbprint }: FreshMaterial,
  policy: KeyPolicy | null,
): MaterialKeyEntity {
  const createdAt = new Date();
  const life = policy?.expire_after_seconds;
  const row = {
    id: uuidv7(),
    elasticKeyId: key.id,
    tenant: key.tenant,
    version: key.version,
    status: 'enabled' as const,
    generation: 1,
    publicJwk,
    messageCount: '0',
    createdAt,
    expiresAt: life === undefined ? null : new Date(createdAt.getTime() + life * 1000),
  };
  return { ...row, ...sealMaterial(barrier, { ...row, thumbprint }, bytes) };
}
