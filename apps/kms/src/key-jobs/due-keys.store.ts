import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** A key that something is due for, as far as the readable columns tell. */
export interface DueKey {
  tenant: string;
  id: string;
  currentVersion: number;
}

/** The same for one of its versions. */
export interface DueVersion {
  tenant: string;
  id: string;
  version: number;
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
          AND (COALESCE(m.activates_at, m.created_at) + (e.policy->>'rotate_every_seconds')::bigint * interval '1 second' <= $1
               OR m.message_count >= (e.policy->>'rotate_after_messages')::bigint)
          AND NOT EXISTS (SELECT 1 FROM material_keys n
                           WHERE n.elastic_key_id = e.id AND n.version > e.current_version AND n.status = 'enabled')
        ORDER BY m.created_at LIMIT ${BATCH}`,
      [now],
    );
  }

  versionsToActivate(now: Date): Promise<DueVersion[]> {
    return this.dataSource.query<DueVersion[]>(
      `SELECT m.tenant, e.id, m.version
         FROM material_keys m JOIN elastic_keys e ON e.id = m.elastic_key_id AND e.tenant = m.tenant
        WHERE m.activates_at <= $1 AND m.status = 'enabled' AND e.status = 'enabled' AND m.version > e.current_version
        ORDER BY m.activates_at LIMIT ${BATCH}`,
      [now],
    );
  }

  versionsToDestroy(now: Date): Promise<DueVersion[]> {
    return this.dataSource.query<DueVersion[]>(
      `SELECT m.tenant, e.id, m.version
         FROM material_keys m JOIN elastic_keys e ON e.id = m.elastic_key_id AND e.tenant = m.tenant
        WHERE m.status <> 'destroyed' AND m.version < e.current_version AND e.status IN ('enabled', 'disabled')
          AND (m.destroy_at <= $1 OR m.version <= e.current_version - (e.policy->>'keep_versions')::integer)
        ORDER BY m.id LIMIT ${BATCH}`,
      [now],
    );
  }
}
