import { readSettings } from '@cryptoutil/config';
import { databaseSettings, migrate, pendingMigrations, type MigrationClass } from '@cryptoutil/database';
import { CommandFailure } from '../command-failure.js';
import { services, type ServiceName } from './services.js';

/** Without the services themselves, which take a second each to load. */
const migrationsOf: Record<ServiceName, () => Promise<readonly MigrationClass[]>> = {
  authz: async () => (await import('@cryptoutil/authz/database')).migrations,
  idp: async () => (await import('@cryptoutil/idp/database')).migrations,
  rs: async () => (await import('@cryptoutil/rs/database')).migrations,
  kms: async () => (await import('@cryptoutil/kms/database')).migrations,
};

/** Something is pending, and only a look was asked for. */
const PENDING = 3;

/** The migrations of a service, oldest first. */
export const migrationsOfService = (name: ServiceName): Promise<readonly MigrationClass[]> => migrationsOf[name]();

/** Applies the pending migrations of a service. Resolves to their names. */
export async function migrateService(name: ServiceName, env: NodeJS.ProcessEnv): Promise<string[]> {
  const migrations = await migrationsOf[name]();
  return migrate(settingsOf(name, env), { migrations });
}

/** What `cryptoutil migrate` does; resolves to the exit code. */
export async function migrateCommandAction(
  names: readonly ServiceName[],
  { dryRun }: { dryRun: boolean },
): Promise<number> {
  if (names.length > 1 && process.env.CRYPTOUTIL_DATABASE_NAME) {
    throw new CommandFailure(
      'CRYPTOUTIL_DATABASE_NAME names one database: say which service it belongs to, as in "cryptoutil migrate authz".',
    );
  }
  let pending = 0;
  for (const name of names) {
    const settings = settingsOf(name, process.env);
    const migrations = await migrationsOf[name]();
    try {
      const found = dryRun
        ? await pendingMigrations(settings, { migrations })
        : await migrate(settings, { migrations });
      pending += found.length;
      const verb = dryRun ? 'pending' : 'applied';
      console.log(found.length > 0 ? `${name}: ${verb} ${found.join(', ')}` : `${name}: up to date`);
    } catch (error) {
      const { host, port, name: database } = settings;
      const reason = error instanceof Error ? error.message : String(error);
      throw new CommandFailure(
        `The database ${database} at ${host}:${port} was not migrated: ${reason || (error as { code?: string }).code}`,
      );
    }
  }
  return dryRun && pending > 0 ? PENDING : 0;
}

/** Only the database's variables are read: the rest of a service's environment is none of a migration's business. */
function settingsOf(name: ServiceName, env: NodeJS.ProcessEnv) {
  const own = Object.fromEntries(
    Object.entries(env).filter(([variable]) => variable.startsWith('CRYPTOUTIL_DATABASE_')),
  );
  return readSettings({ database: databaseSettings({ name: services[name].database }) }, own).database;
}
