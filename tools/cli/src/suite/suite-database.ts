import { join } from 'node:path';
import type { Home } from '../home/home.js';
import { createDatabases } from '../postgres/create-databases.js';
import { ensureDataFolder, releaseDataFolder } from '../postgres/data-folder.js';
import { installedPostgres, runnablePostgres } from '../postgres/postgres-binaries.js';
import { postgresPlace } from '../postgres/postgres-place.js';
import { PostgresServer } from '../postgres/postgres-server.js';
import { postgresUser } from '../postgres/postgres-user.js';
import { serviceNames, services } from '../services/services.js';
import type { SuiteSecrets } from './suite-secrets.js';

/** Starts the suite's own PostgreSQL and makes sure that each service has a database and a role in it. */
export async function startSuiteDatabase(
  { home, port, secrets }: { home: Home; port: number; secrets: SuiteSecrets },
  onSpawn: (pid: number) => void,
): Promise<PostgresServer> {
  const user = postgresUser();
  const superuserPassword = secrets.text('postgres', 'superuser-password');
  const place = postgresPlace(home, user);
  const binaries = runnablePostgres(await installedPostgres(), user, place);
  const dataFolder = await ensureDataFolder({ place, binaries, user, superuserPassword });
  await releaseDataFolder(dataFolder);
  const logFile = join(home.logs, 'postgres.log');
  const server = await PostgresServer.start({ binaries, dataFolder, user, port, logFile, superuserPassword }, onSpawn);
  try {
    const wanted = serviceNames.map((name) => ({
      name: services[name].database,
      password: secrets.text(name, 'database-password'),
    }));
    await server.asSuperuser((client) => createDatabases(client, wanted));
    return server;
  } catch (error) {
    await server.stop();
    throw error;
  }
}
