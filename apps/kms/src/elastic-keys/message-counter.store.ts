import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';

/** SQL of the message counters. */
@Injectable()
export class MessageCounterStore {
  constructor(private readonly dataSource: DataSource) {}

  /** Reserves up to `wanted` messages; fewer near the limit, 0 at it. Atomic over replicas: the row lock orders them. */
  async reserve(kid: string, wanted: number, limit: number): Promise<number> {
    const rows: { reserved: string }[] = await this.dataSource.query(
      `WITH held AS (SELECT id, message_count FROM material_keys WHERE id = $1 FOR UPDATE),
            counted AS (
              UPDATE material_keys m SET message_count = GREATEST(held.message_count, LEAST(held.message_count + $2::bigint, $3::bigint))
                FROM held WHERE m.id = held.id
           RETURNING m.message_count - held.message_count AS reserved)
       SELECT reserved FROM counted`,
      [kid, wanted, limit],
    );
    return Math.max(0, Number(rows[0]?.reserved ?? 0));
  }
}
