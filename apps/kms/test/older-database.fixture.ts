import type { TemporaryDatabase } from '@cryptoutil/testing';

/** A copy of every table as it is now; `restore` puts it back as a restored dump would. */
export async function dumpOf(database: TemporaryDatabase): Promise<{ restore(): Promise<void> }> {
  const schema = `dump_${Math.random().toString(36).slice(2)}`;
  const tables = await database.sql<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_name <> 'migrations'`,
  );
  const names = tables.map(({ name }) => name);
  await database.sql(
    `CREATE SCHEMA ${schema}; ${names.map((name) => `CREATE TABLE ${schema}.${name} AS SELECT * FROM public.${name}`).join(';')}`,
  );
  return {
    restore: async () => {
      // Within one statement list, so that nobody sees half of it; the references are checked at its end.
      const copies = names.map((name) => `INSERT INTO public.${name} SELECT * FROM ${schema}.${name}`);
      await database.sql(
        `BEGIN; ${(await foreignKeys(database)).map(({ table, name }) => `ALTER TABLE ${table} ALTER CONSTRAINT ${name} DEFERRABLE INITIALLY DEFERRED`).join(';')};
         TRUNCATE ${names.map((name) => `public.${name}`).join(', ')}; ${copies.join(';')}; COMMIT`,
      );
    },
  };
}

const foreignKeys = (database: TemporaryDatabase) =>
  database.sql<{ table: string; name: string }>(
    `SELECT conrelid::regclass::text AS "table", conname AS name FROM pg_constraint WHERE contype = 'f'`,
  );
