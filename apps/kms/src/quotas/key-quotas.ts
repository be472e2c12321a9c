import { Inject, Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { KmsError } from '../errors/kms-error.js';
import { QUOTAS } from './quotas.token.js';
import type { Quotas } from './quota-settings.js';

/** How many keys and versions there may be. Asked in the transaction that adds one, right before it does. */
@Injectable()
export class KeyQuotas {
  constructor(@Inject(QUOTAS) private readonly quotas: Quotas) {}

  /**
   * Those who add keys to a tenant wait for each other until their transactions end, on every replica; so what is counted here still holds at
   * the insert. Errors: `quota_exceeded`.
   */
  async requireRoomForKey(tx: EntityManager, tenant: string): Promise<void> {
    await tx.query(`SELECT pg_advisory_xact_lock(hashtextextended('cryptoutil-kms keys of ' || $1, 0))`, [tenant]);
    const limit = this.quotas.keysPerTenant;
    const [room] = await tx.query<{ full: boolean }[]>(
      `SELECT count(*) >= $2::bigint AS full FROM elastic_keys WHERE tenant = $1 AND status <> 'destroyed'`,
      [tenant, limit],
    );
    if (room?.full) throw new KmsError('quota_exceeded', { quota: 'keys_per_tenant', limit });
  }

  /** The row of the key is locked by whoever adds a version. Errors: `quota_exceeded`. */
  async requireRoomForVersion(tx: EntityManager, elasticKeyId: string): Promise<void> {
    const limit = this.quotas.versionsPerKey;
    const [room] = await tx.query<{ full: boolean }[]>(
      `SELECT count(*) >= $2::bigint AS full FROM material_keys WHERE elastic_key_id = $1 AND status <> 'destroyed'`,
      [elasticKeyId, limit],
    );
    if (room?.full) throw new KmsError('quota_exceeded', { quota: 'versions_per_key', limit });
  }
}
