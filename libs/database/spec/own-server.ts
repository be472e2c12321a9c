import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { Secret, randomToken } from '@cryptoutil/crypto';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../src/embedded/index.js';
import type { DatabaseSettings } from '../src/index.js';

/** A PostgreSQL server of one spec file. (@cryptoutil/testing stands above this layer.) */
export interface OwnServer {
  settings: DatabaseSettings;
  stop(): Promise<void>;
  start(): Promise<void>;
  sql(text: string): Promise<Record<string, unknown>[]>;
  remove(): Promise<void>;
}

export async function ownServer(): Promise<OwnServer> {
  const parent = await mkdtemp(join(tmpdir(), 'cryptoutil-database-'));
  await chmod(parent, 0o711);
  const options = { directory: join(parent, 'data'), password: randomToken(), durable: false };
  let server: EmbeddedPostgres = await startEmbeddedPostgres(options);
  const { host, port, user, password } = server;
  return {
    settings: {
      ...{ host, port, user, name: 'postgres' },
      password: Secret.fromText(password),
      poolSize: 3,
      connectTimeoutMs: 2_000,
    },
    stop: () => server.stop(),
    start: async () => {
      server = await startEmbeddedPostgres({ ...options, port });
    },
    sql: async (text) => {
      const client = new pg.Client({ host, port, user, password, database: 'postgres' });
      client.on('error', () => undefined);
      await client.connect();
      try {
        return (await client.query<Record<string, unknown>>(text)).rows;
      } finally {
        await client.end();
      }
    },
    remove: async () => {
      await server.stop();
      await rm(parent, { recursive: true, force: true });
    },
  };
}

/** Resolves when the condition holds; jest's own timeout ends a wait in vain. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}
