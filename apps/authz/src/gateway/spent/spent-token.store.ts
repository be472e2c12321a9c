import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { CHANNEL } from '../feed/feed-connection.js';

/** A token that must not be accepted (again) before it expires. */
export interface SpentToken {
  /** 32 lower-case hexadecimal digits. */
  readonly tokenId: string;
  /** Used up, rather than revoked. */
  readonly oneTime: boolean;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

export interface Revocation {
  readonly tokenId: string;
  readonly expiresAt: number;
}

/** A notification holds at most 8000 bytes. */
const TOLD_AT_ONCE = 150;

/** SQL of revoked and used ids. */
@Injectable()
export class SpentTokenStore {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Inserts what is not there yet and resolves, once it is durable, to the ids that were new: each id is new for one caller only,
   * whichever replicas they are on. Revocations are told to all replicas in the same transaction; one-time tokens need not be,
   * since their use asks the database anyway.
   */
  async record(tokens: readonly SpentToken[]): Promise<Set<string>> {
    const rows = await this.dataSource.query<{ id: string }[]>(
      `WITH spent AS (
         INSERT INTO gateway_spent_token (token_id, one_time, expires_at)
         SELECT token_id, one_time, to_timestamp(expiry)
           FROM unnest($1::uuid[], $2::boolean[], $3::float8[]) AS given (token_id, one_time, expiry)
         ON CONFLICT (token_id) DO NOTHING
         RETURNING replace(token_id::text, '-', '') AS id, one_time, extract(epoch FROM expires_at)::bigint AS expiry
       ), told AS (
         SELECT pg_notify('${CHANNEL}', 'r' || string_agg(id || ':' || expiry, ',')) IS NULL AS done
           FROM (SELECT id, expiry, (row_number() OVER () - 1) / ${TOLD_AT_ONCE} AS page FROM spent WHERE NOT one_time) AS revoked
          GROUP BY page
       )
       SELECT id FROM spent WHERE (SELECT count(done) FROM told) >= 0`,
      [
        tokens.map(({ tokenId }) => tokenId),
        tokens.map(({ oneTime }) => oneTime),
        tokens.map(({ expiresAt }) => expiresAt),
      ],
    );
    return new Set(rows.map(({ id }) => id));
  }

  async has(tokenId: string): Promise<boolean> {
    const rows = await this.dataSource.query<unknown[]>('SELECT 1 FROM gateway_spent_token WHERE token_id = $1', [
      tokenId,
    ]);
    return rows.length > 0;
  }

  /** A page of unexpired revocations in the order of their ids, recorded at `since` (seconds since the epoch) or later. */
  async revocations(since: number, after: string, limit: number): Promise<Revocation[]> {
    return this.dataSource.query<Revocation[]>(
      `SELECT replace(token_id::text, '-', '') AS "tokenId", extract(epoch FROM expires_at)::float8 AS "expiresAt"
         FROM gateway_spent_token
        WHERE NOT one_time AND expires_at > now() AND recorded_at >= to_timestamp($1) AND token_id > $2::uuid
        ORDER BY token_id LIMIT $3`,
      [since, after, limit],
    );
  }

  /** Deletes up to `limit` rows of tokens that expired a minute ago or earlier; replicas do not wait for each other. */
  async removeExpired(limit: number): Promise<number> {
    const rows = await this.dataSource.query<[unknown[], number]>(
      `DELETE FROM gateway_spent_token WHERE token_id IN
         (SELECT token_id FROM gateway_spent_token WHERE expires_at < now() - interval '1 minute'
           LIMIT $1 FOR UPDATE SKIP LOCKED)`,
      [limit],
    );
    return rows[1];
  }
}
