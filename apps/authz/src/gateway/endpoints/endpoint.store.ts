import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { CHANNEL } from '../feed/feed-connection.js';
import type { EndpointChange, EndpointRegistration, ShownEndpoint } from './endpoint.schema.js';

const SHOWN = 'id, url, is_pattern AS pattern, method, scope, description, active';

/** SQL of the endpoints. Every change is told to all replicas when it is committed. */
@Injectable()
export class EndpointStore {
  constructor(private readonly dataSource: DataSource) {}

  active(): Promise<ShownEndpoint[]> {
    return this.dataSource.query(`SELECT ${SHOWN} FROM gateway_endpoint WHERE active ORDER BY id`);
  }

  list(after: string, limit: number): Promise<ShownEndpoint[]> {
    return this.dataSource.query(`SELECT ${SHOWN} FROM gateway_endpoint WHERE id > $1 ORDER BY id LIMIT $2`, [
      after,
      limit,
    ]);
  }

  async find(id: string): Promise<ShownEndpoint | undefined> {
    return (
      await this.dataSource.query<ShownEndpoint[]>(`SELECT ${SHOWN} FROM gateway_endpoint WHERE id = $1`, [id])
    )[0];
  }

  async put(endpoint: EndpointRegistration): Promise<{ row: ShownEndpoint; isNew: boolean }> {
    const rows = await this.changing<ShownEndpoint & { is_new: boolean }>(
      `INSERT INTO gateway_endpoint (url, is_pattern, method, scope, description, active) VALUES ($1, $2, $3, $4, $5, $6)
       ON CONFLICT (url, method) DO UPDATE SET is_pattern = excluded.is_pattern, scope = excluded.scope,
         description = excluded.description, active = excluded.active, updated_at = now()
       RETURNING ${SHOWN}, xmax = 0 AS is_new`,
      [endpoint.url, endpoint.pattern, endpoint.method, endpoint.scope, endpoint.description, endpoint.active],
    );
    const { is_new: isNew, ...row } = rows[0]!;
    return { row, isNew };
  }

  async change(id: string, { scope, description, active }: EndpointChange): Promise<ShownEndpoint | undefined> {
    const rows = await this.changing<ShownEndpoint>(
      `UPDATE gateway_endpoint SET scope = coalesce($2, scope), description = coalesce($3, description),
         active = coalesce($4, active), updated_at = now() WHERE id = $1 RETURNING ${SHOWN}`,
      [id, scope ?? null, description ?? null, active ?? null],
    );
    return rows[0];
  }

  async remove(id: string): Promise<boolean> {
    return (await this.changing('DELETE FROM gateway_endpoint WHERE id = $1 RETURNING id', [id])).length > 0;
  }

  private changing<T>(statement: string, parameters: unknown[]): Promise<T[]> {
    return this.dataSource.query(
      `WITH changed AS (${statement}), told AS (SELECT pg_notify('${CHANNEL}', 'e') IS NULL AS done FROM changed)
       SELECT * FROM changed WHERE (SELECT count(done) FROM told) >= 0`,
      parameters,
    );
  }
}
