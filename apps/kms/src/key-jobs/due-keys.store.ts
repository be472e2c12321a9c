import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** A key that something is due for, as far as the readable columns tell. */
export interface DueKey {
  tenant: string;
  id: string;
  currentVersion: number;
}

const BATCH = 100;

/** SQL that finds keys for the jobs. What it finds is only a hint: the jobs prove and lock each key before they act. */
@Injectable()
export class DueKeysStore {
  constructor(private readonly dataSource: DataSource) {}

  toDestroy(now: Date): Promise<DueKey[]> {
    return this.dataSource.query<DueKey[]>(
      `SELECT tenant, id, current_version AS "currentVersion" FROM elastic_keys
        WHERE status = 'pending_deletion' AND delete_after <= $1 ORDER BY delete_after LIMIT ${BATCH}`,
      [now],
    );
  }

  toRotate(now: Date): Promise<DueKey[]> {
    return this.dataSource.query<DueKey[]>(
      `SELECT e.tenant, e.id, e.current_version AS "currentVersion"
         FROM elastic_keys e JOIN material_keys m ON m.elastic_key_id = e.id AND m.version = e.current_version
        WHERE e.policy IS NOT NULL AND e.status = 'enabled'
          AND m.created_at + (e.policy->>'rotate_every_seconds')::bigint * interval '1 second' <= $1
        ORDER BY m.created_at LIMIT ${BATCH}`,
      [now],
    );
  }
}
