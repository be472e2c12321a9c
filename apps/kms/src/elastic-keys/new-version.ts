import { uuidv7 } from '@cryptoutil/crypto';
import type { Barrier } from '../barrier/barrier.js';
import type { KeyPolicy } from './elastic-key.entity.js';
import type { MaterialKeyEntity, MaterialOrigin } from './material-key.entity.js';
import { sealMaterial } from './sealed-state.js';

/** Material that is not in a row yet. */
export interface FreshMaterial {
  bytes: Buffer;
  publicJwk: Record<string, unknown> | null;
  thumbprint: string | null;
  origin: MaterialOrigin;
}

/** The sealed row of a new version. Its life is laid down here by the policy of this moment. */
export function newVersion(
  barrier: Barrier,
  key: { id: string; tenant: string; version: number },
  { bytes, publicJwk, thumbprint, origin }: FreshMaterial,
  policy: KeyPolicy | null,
): MaterialKeyEntity {
  const createdAt = new Date();
  const row = {
    id: uuidv7(),
    elasticKeyId: key.id,
    tenant: key.tenant,
    version: key.version,
    status: 'enabled' as const,
    origin,
    generation: 1,
    publicJwk,
    messageCount: '0',
    createdAt,
    lastUsedAt: null,
    ...lifeOf(createdAt, policy ?? {}),
  };
  return { ...row, ...sealMaterial(barrier, { ...row, thumbprint }, bytes) };
}

/** When a version that is made now begins and ceases to do what (SP 800-57 part 1 §7). */
function lifeOf(createdAt: Date, policy: KeyPolicy) {
  const after = (from: Date | null, seconds: number | undefined) =>
    from === null || seconds === undefined ? null : new Date(from.getTime() + seconds * 1000);
  const activatesAt = after(createdAt, policy.activate_after_seconds);
  const expiresAt = after(activatesAt ?? createdAt, policy.expire_after_seconds);
  const decryptsUntil = after(expiresAt, policy.decrypt_for_seconds);
  return {
    activatesAt,
    expiresAt,
    decryptsUntil,
    destroyAt: after(decryptsUntil ?? expiresAt, policy.destroy_after_seconds),
  };
}
