import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { WrappingKeyEntity } from './wrapping-key.entity.js';

/** SQL of wrapping keys. */
@Injectable()
export class WrappingKeyStore {
  constructor(private readonly dataSource: DataSource) {}

  /** Stores a key, unless the tenant has `limit` of them that are neither used nor expired; false then. Removes those that are expired. */
  async insert(row: WrappingKeyEntity, limit: number): Promise<boolean> {
    await this.dataSource.query('DELETE FROM wrapping_keys WHERE expires_at <= now()');
    const inserted: unknown[] = await this.dataSource.query(
      `INSERT INTO wrapping_keys (id, tenant, epoch, sealed, expires_at)
       SELECT $1, $2, $3, $4, $5 WHERE (SELECT count(*) FROM wrapping_keys WHERE tenant = $2) < $6 RETURNING id`,
      [row.id, row.tenant, row.epoch, row.sealed, row.expiresAt, limit],
    );
    return inserted.length > 0;
  }

  /** Takes the key out, so that nobody can use it again; undefined when there is none, for all but one who come at once. */
  async claim(tenant: string, id: string): Promise<WrappingKeyEntity | undefined> {
    const [[row] = []] = await this.dataSource.query<[WrappingKeyEntity[], number]>(
      `DELETE FROM wrapping_keys WHERE id = $1 AND tenant = $2 AND expires_at > now()
       RETURNING id, tenant, epoch, sealed, expires_at AS "expiresAt"`,
      [id, tenant],
    );
    return row;
  }
}
