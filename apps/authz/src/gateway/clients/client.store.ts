import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { CHANNEL } from '../feed/feed-connection.js';

/** A client as the token routes need it. */
export interface GatewayClient {
  readonly clientId: string;
  /** Since when it is registered, in microseconds since the epoch: tells it from an earlier one that was removed and had the same id. */
  readonly since: number;
  readonly secretHash: string;
  readonly ttlSeconds: number;
  readonly scopes: readonly string[];
  readonly active: boolean;
}

/** A row with everything but the hash of the secret. */
export interface GatewayClientRow {
  readonly client_id: string;
  readonly name: string;
  readonly access_token_ttl: number;
  readonly allowed_scopes: string[];
  readonly active: boolean;
  readonly created_at: Date;
  readonly updated_at: Date;
}

const SHOWN = 'client_id, name, access_token_ttl, allowed_scopes, active, created_at, updated_at';
const USED = `client_id AS "clientId", (extract(epoch FROM created_at) * 1000000)::float8 AS since, secret_hash AS "secretHash", access_token_ttl AS "ttlSeconds",
  allowed_scopes AS scopes, active`;

/** SQL of the clients. Every change is told to all replicas when it is committed. */
@Injectable()
export class GatewayClientStore {
  constructor(private readonly dataSource: DataSource) {}

  all(): Promise<GatewayClient[]> {
    return this.dataSource.query(`SELECT ${USED} FROM gateway_client`);
  }

  async find(clientId: string): Promise<GatewayClient | undefined> {
    const rows = await this.dataSource.query<GatewayClient[]>(
      `SELECT ${USED} FROM gateway_client WHERE client_id = $1`,
      [clientId],
    );
    return rows[0];
  }

  async show(clientId: string): Promise<GatewayClientRow | undefined> {
    const rows = await this.dataSource.query<GatewayClientRow[]>(
      `SELECT ${SHOWN} FROM gateway_client WHERE client_id = $1`,
      [clientId],
    );
    return rows[0];
  }

  list(after: string, limit: number): Promise<GatewayClientRow[]> {
    return this.dataSource.query(
      `SELECT ${SHOWN} FROM gateway_client WHERE client_id > $1 ORDER BY client_id LIMIT $2`,
      [after, limit],
    );
  }

  /** Creates the client or replaces it; `secretHash` undefined keeps the stored one, and undefined is the answer when there is none. */
  async put(row: {
    clientId: string;
    name: string;
    secretHash: string | undefined;
    ttlSeconds: number;
    scopes: readonly string[];
    active: boolean;
  }): Promise<{ row: GatewayClientRow; isNew: boolean } | undefined> {
    const rows = await this.changing<GatewayClientRow & { is_new: boolean }>(
      `INSERT INTO gateway_client (client_id, name, secret_hash, access_token_ttl, allowed_scopes, active)
       SELECT $1::text, $2::text, secret.hash, $4::integer, $5::text[], $6::boolean
         FROM (SELECT coalesce($3::text, (SELECT secret_hash FROM gateway_client WHERE client_id = $1)) AS hash) AS secret
        WHERE secret.hash IS NOT NULL
       ON CONFLICT (client_id) DO UPDATE SET name = excluded.name, secret_hash = excluded.secret_hash,
         access_token_ttl = excluded.access_token_ttl, allowed_scopes = excluded.allowed_scopes,
         active = excluded.active, updated_at = now()
       RETURNING ${SHOWN}, xmax = 0 AS is_new`,
      [row.clientId, row.name, row.secretHash ?? null, row.ttlSeconds, [...row.scopes], row.active],
    );
    if (!rows[0]) return undefined;
    const { is_new: isNew, ...stored } = rows[0];
    return { row: stored, isNew };
  }

  /** Changes what is given and keeps the rest. Undefined when there is no such client. */
  async change(
    clientId: string,
    change: {
      name?: string | undefined;
      secretHash?: string | undefined;
      ttlSeconds?: number | undefined;
      scopes?: readonly string[] | undefined;
      active?: boolean | undefined;
    },
  ): Promise<GatewayClientRow | undefined> {
    const rows = await this.changing<GatewayClientRow>(
      `UPDATE gateway_client SET name = coalesce($2, name), secret_hash = coalesce($3, secret_hash),
         access_token_ttl = coalesce($4, access_token_ttl), allowed_scopes = coalesce($5, allowed_scopes),
         active = coalesce($6, active), updated_at = now()
       WHERE client_id = $1 RETURNING ${SHOWN}`,
      [
        clientId,
        change.name ?? null,
        change.secretHash ?? null,
        change.ttlSeconds ?? null,
        change.scopes ? [...change.scopes] : null,
        change.active ?? null,
      ],
    );
    return rows[0];
  }

  async remove(clientId: string): Promise<boolean> {
    const rows = await this.changing('DELETE FROM gateway_client WHERE client_id = $1 RETURNING client_id', [clientId]);
    return rows.length > 0;
  }

  /** Runs a statement that returns `client_id` of what it changed, and tells the replicas in the same transaction. */
  private changing<T>(statement: string, parameters: unknown[]): Promise<T[]> {
    return this.dataSource.query(
      `WITH changed AS (${statement}), told AS (SELECT pg_notify('${CHANNEL}', 'c' || client_id) IS NULL AS done FROM changed)
       SELECT * FROM changed WHERE (SELECT count(done) FROM told) >= 0`,
      parameters,
    );
  }
}
