import { join } from 'node:path';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@cryptoutil/database/embedded';
import { Client } from 'pg';
import { CommandFailure } from '../command-failure.js';
import { createDatabases } from '../postgres/create-databases.js';
import { postgresPlace } from '../postgres/postgres-place.js';
import { releaseDataFolder } from '../postgres/release-data-folder.js';
import type { EnvironmentOptions } from '../services/service-environment.js';
import { serviceNames, services } from '../services/services.js';

/** The suite's own PostgreSQL. */
export interface SuiteDatabase {
  readonly server: EmbeddedPostgres;
  readonly logFile: string;
}

/** SQLSTATE of a wrong password. */
const INVALID_PASSWORD = '28P01';

/** Starts the suite's own PostgreSQL and makes sure that each service has a database and a role in it. */
export async function startSuiteDatabase({ home, ports, secrets }: EnvironmentOptions): Promise<SuiteDatabase> {
  const password = secrets.text('postgres', 'superuser-password');
  const directory = join(postgresPlace(home), 'data');
  await releaseDataFolder(directory);
  const logFile = join(home.logs, 'postgres.log');
  const server = await startEmbeddedPostgres({ directory, password, port: ports.postgres, logFile });
  try {
    const wanted = serviceNames.map((name) => ({
      name: services[name].database,
      password: secrets.text(name, 'database-password'),
    }));
    await asSuperuser(server, (client) => createDatabases(client, wanted));
    return { server, logFile };
  } catch (error) {
    await server.stop();
    if ((error as { code?: unknown }).code !== INVALID_PASSWORD) throw error;
    throw new CommandFailure('PostgreSQL does not accept the password kept in the home: start afresh with --reset.');
  }
}

async function asSuperuser<T>(
  { host, port, user, password }: EmbeddedPostgres,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client({ host, port, user, password, database: 'postgres', connectionTimeoutMillis: 30_000 });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
