import { readFileSync } from 'node:fs';
import type { DatabaseSettings } from '@cryptoutil/database';
import pg from 'pg';

/** The channel on which replicas tell each other what they have written. */
export const CHANNEL = 'auth_service';

/** A database session that listens. */
export interface FeedConnection {
  /** Seconds since the epoch. Rejects when the session is broken or does not answer within a second. */
  databaseTime(): Promise<number>;
  close(): Promise<void>;
}

export type OpenFeed = (hear: (text: string) => void) => Promise<FeedConnection>;

const ANSWER_WITHIN_MS = 1_000;

/** Opens sessions that listen to the channel. Rejects when the database cannot be reached. */
export function feedOf(settings: DatabaseSettings): OpenFeed {
  return async (hear) => {
    const client = new pg.Client({
      host: settings.host,
      port: settings.port,
      database: settings.name,
      user: settings.user,
      password: settings.password.text(),
      ssl: settings.tlsCaFile ? { ca: readFileSync(settings.tlsCaFile, 'utf8') } : false,
      application_name: `${settings.user} feed`,
      connectionTimeoutMillis: settings.connectTimeoutMs,
      query_timeout: ANSWER_WITHIN_MS,
      keepAlive: true,
    });
    // The next question fails by itself; without a listener the process would end.
    client.on('error', () => undefined);
    client.on('notification', ({ payload }) => hear(payload ?? ''));
    const close = async (): Promise<void> => {
      await client.end().catch(() => undefined);
    };
    try {
      await client.connect();
      await client.query(`LISTEN ${CHANNEL}`);
    } catch (error) {
      await close();
      throw error;
    }
    return {
      close,
      async databaseTime() {
        const { rows } = await client.query<{ now: number }>(
          'SELECT extract(epoch FROM clock_timestamp())::float8 AS now',
        );
        return rows[0]!.now;
      },
    };
  };
}
