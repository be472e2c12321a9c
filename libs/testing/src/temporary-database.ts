import pg from 'pg';
import { Secret, randomToken } from '@cryptoutil/crypto';
import { migrate, type DatabaseSettings, type MigrationClass } from '@cryptoutil/database';
import { startTestPostgres, type TestPostgres } from './test-postgres.js';

export interface TemporaryDatabaseOptions {
  /** Applied before the database is handed out. */
  migrations?: readonly MigrationClass[];
  /** Default: the server of this process. */
  server?: TestPostgres;
}

/** A database of a test's own, owned by a role of the same name that can do nothing else. */
export interface TemporaryDatabase {
  settings: DatabaseSettings;
  /** Runs one statement as the owner, past the application, and returns its rows. */
  sql<Row extends Record<string, unknown> = Record<string, unknown>>(
    text: string,
    parameters?: unknown[],
  ): Promise<Row[]>;
  /** Ends every session and removes database and role. Close the application first. Safe to call twice. */
  drop(): Promise<void>;
}

/** Makes an empty database (or one with the given migrations applied) on the test server. Call `drop()` in `afterAll`. */
export async function temporaryDatabase(options: TemporaryDatabaseOptions = {}): Promise<TemporaryDatabase> {
  const server = options.server ?? (await startTestPostgres());
  const name = `test_${randomToken(12).toLowerCase().replaceAll('-', '_')}`;
  const password = randomToken();
  await asSuperuser(server, [
    `CREATE ROLE "${name}" LOGIN PASSWORD '${password}'`,
    `CREATE DATABASE "${name}" OWNER "${name}"`,
    `REVOKE ALL ON DATABASE "${name}" FROM PUBLIC`,
  ]);
  const settings: DatabaseSettings = {
    ...{ host: server.host, port: server.port, name, user: name },
    password: Secret.fromText(password),
    poolSize: 10,
    // A test machine may stand still for seconds.
    connectTimeoutMs: 30_000,
  };
  if (options.migrations) await migrate(settings, { migrations: options.migrations });
  return {
    settings,
    sql: <Row>(text: string, parameters?: unknown[]) => asOwner(settings, text, parameters) as Promise<Row[]>,
    drop: () =>
      asSuperuser(server, [`DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`, `DROP ROLE IF EXISTS "${name}"`]),
  };
}

async function asOwner(settings: DatabaseSettings, text: string, parameters: unknown[] = []): Promise<unknown[]> {
  const { host, port, name, user, password } = settings;
  return connected({ host, port, database: name, user, password: password.text() }, async (client) => {
    const { rows } = await client.query<Record<string, unknown>>(text, parameters);
    return rows;
  });
}

async function asSuperuser({ host, port, user, password }: TestPostgres, statements: string[]): Promise<void> {
  await connected({ host, port, database: 'postgres', user, password }, async (client) => {
    for (const statement of statements) await client.query(statement);
  });
}

async function connected<T>(config: pg.ClientConfig, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(config);
  // A server stopped by the test ends this session too; the statement then fails by itself.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
