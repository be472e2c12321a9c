import { setTimeout as delay } from 'node:timers/promises';
import { MigrationExecutor, type DataSource, type QueryRunner } from 'typeorm';
import { createDataSource, type DatabaseSchema } from './data-source.js';
import type { DatabaseSettings } from './settings.js';

/** One number for the whole suite: whoever migrates a database holds this advisory lock on it. */
const MIGRATION_LOCK = 4_201_907_314;
const LOCK_POLL_MS = 100;

/** Migrations, and the PostgreSQL schema to apply them in: one that exists; default the database's own, `public`. */
export interface MigratedSchema extends Pick<DatabaseSchema, 'migrations'> {
  schemaName?: string;
}

/**
 * Applies every pending migration, each in a transaction of its own unless it says `transaction = false`, and returns their names in
 * order. `onStep` is told of each before it runs. Two runs at once are safe: the second waits for the first. A failed migration leaves
 * those before it applied, itself not, and rejects.
 */
export async function migrate(
  settings: DatabaseSettings,
  schema: MigratedSchema,
  onStep: (name: string) => void = () => undefined,
): Promise<string[]> {
  return withMigrator(settings, schema, async (runner, executor) => {
    await lock(runner);
    const applied: string[] = [];
    for (const migration of await executor.getPendingMigrations()) {
      onStep(migration.name);
      const transactional = migration.instance?.transaction !== false;
      if (transactional) await runner.startTransaction();
      try {
        await executor.executeMigration(migration);
        if (transactional) await runner.commitTransaction();
      } catch (error) {
        // The first error is the one to report; the connection is thrown away in any case.
        if (transactional) await runner.rollbackTransaction().catch(() => undefined);
        throw error;
      }
      applied.push(migration.name);
    }
    return applied;
  });
}

/** The names of the migrations that have not been applied yet, in order. Changes nothing. */
export async function pendingMigrations(
  settings: DatabaseSettings,
  schema: Pick<DatabaseSchema, 'migrations'>,
): Promise<string[]> {
  return withMigrator(settings, schema, async (_runner, executor) =>
    (await executor.getPendingMigrations()).map((migration) => migration.name),
  );
}

/** Asks again and again: a session that waits inside one statement would deadlock with CREATE INDEX CONCURRENTLY, which waits for it. */
async function lock(runner: QueryRunner): Promise<void> {
  for (;;) {
    const [row] = (await runner.query('SELECT pg_try_advisory_lock($1) AS locked', [MIGRATION_LOCK])) as [
      { locked: boolean },
    ];
    if (row.locked) return;
    await delay(LOCK_POLL_MS);
  }
}

async function withMigrator<T>(
  settings: DatabaseSettings,
  { migrations, schemaName }: MigratedSchema,
  work: (runner: QueryRunner, executor: MigrationExecutor) => Promise<T>,
): Promise<T> {
  const dataSource: DataSource = createDataSource(
    settings,
    { migrations },
    { poolSize: 1, statementTimeoutMs: 0, schemaName },
  );
  await dataSource.initialize();
  try {
    const runner = dataSource.createQueryRunner();
    return await work(runner, new MigrationExecutor(dataSource, runner));
  } finally {
    // Closing the session releases the advisory lock.
    await dataSource.destroy();
  }
}
