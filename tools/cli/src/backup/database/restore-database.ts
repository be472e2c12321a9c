import { migrate, type DatabaseSettings, type MigrationClass } from '@cryptoutil/database';
import { type Client, escapeIdentifier } from 'pg';
import { CommandFailure } from '../../command-failure.js';
import { migrationsOfService } from '../../services/migrate-services.js';
import type { ServiceName } from '../../services/services.js';
import { jsonOf, readFrames, type Frame } from '../sealing/frames.js';
import type { DatabaseDetails } from '../sets/manifest.js';
import { dropReferences, shapeOf, tablesOf, type SequenceState, type TableColumns } from './catalog.js';
import { connect, reasonOf } from './connections.js';
import { copyIn } from './copy-protocol.js';
import { SCHEMA } from './snapshot.js';

/** What came of restoring one database. */
export interface RestoredDatabase {
  readonly service: ServiceName;
  readonly tables: number;
  readonly rows: number;
  /** Lines of the schema that are there and were not, or the other way round: somebody has changed it by hand. */
  readonly shapeDiffers: readonly string[];
}

/**
 * Makes a database out of a dump, in a schema of its own beside what is there: the migrations that had been applied, then the rows, all or
 * none. Nobody sees it until `takePlace`. `known`: the migrations of this version, by default the service's. Throws a `CommandFailure` when the dump is not what the manifest says.
 */
export async function restoreDatabase(
  settings: DatabaseSettings,
  details: DatabaseDetails,
  dump: AsyncIterable<Buffer>,
  schema: string,
  known?: readonly MigrationClass[],
): Promise<RestoredDatabase> {
  const { service } = details;
  const client = await connect(settings, { options: `-c search_path=${schema}` });
  try {
    await client.query(`CREATE SCHEMA ${escapeIdentifier(schema)}`);
    await migrate(settings, {
      migrations: knownMigrations(details, known ?? (await migrationsOfService(service))),
      schemaName: schema,
    });
    await client.query('BEGIN');
    const rows = await copyTables(client, schema, details, dump);
    await client.query('COMMIT');
    await client.query('ANALYZE');
    const shape = await shapeOf(client, schema);
    const shapeDiffers = [
      ...details.shape.filter((line) => !shape.includes(line)).map((line) => `- ${line}`),
      ...shape.filter((line) => !details.shape.includes(line)).map((line) => `+ ${line}`),
    ];
    return { service, tables: details.tables.length, rows, shapeDiffers };
  } catch (error) {
    if (error instanceof CommandFailure) throw error;
    throw new CommandFailure(`The database of ${service} was not restored: ${reasonOf(error)}`);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Exactly the migrations that had been applied. A set of a newer version is refused by name. */
function knownMigrations({ service, migrations }: DatabaseDetails, known: readonly MigrationClass[]): MigrationClass[] {
  const byName = new Map(known.map((migration) => [nameOf(migration), migration]));
  const missing = migrations.filter((name) => !byName.has(name));
  if (missing.length > 0) {
    throw new CommandFailure(
      `The set is of a newer version: this one does not know ${missing.join(', ')} of ${service}. Restore with the version that made it.`,
    );
  }
  return migrations.map((name) => byName.get(name)!);
}

const nameOf = (migration: new () => { name?: string }): string => new migration().name ?? migration.name;

async function copyTables(
  client: Client,
  schema: string,
  details: DatabaseDetails,
  dump: AsyncIterable<Buffer>,
): Promise<number> {
  const tables = await tablesOf(client, schema);
  const qualified = (table: string): string => `${escapeIdentifier(schema)}.${escapeIdentifier(table)}`;
  // Migrations may have put rows in; the dump has them as they became.
  if (tables.length > 0) await client.query(`TRUNCATE ${tables.map(({ table }) => qualified(table)).join(', ')}`);
  const constraints = await dropReferences(client, schema);
  for (const { table } of tables) await client.query(`ALTER TABLE ${qualified(table)} DISABLE TRIGGER USER`);
  const copied: DatabaseDetails['tables'] = [];
  const frames = readFrames(dump);
  for (let next = await frames.next(); !next.done; next = await frames.next()) {
    if (next.value.kind === 'table') {
      const { table, columns } = jsonOf<TableColumns>(next.value);
      const names = columns.map((column) => escapeIdentifier(column)).join(', ');
      const body = new TableData(frames);
      const rows = await copyIn(client, `COPY ${qualified(table)} (${names}) FROM STDIN`, body.data());
      requireSame(`rows of ${details.service}.${table}`, rows, body.rows);
      copied.push({ table, columns: [...columns], rows });
    } else if (next.value.kind === 'sequences') {
      for (const { sequence, value, called } of jsonOf<SequenceState[]>(next.value))
        await client.query('SELECT setval($1::regclass, $2::bigint, $3)', [qualified(sequence), value, called]);
    }
  }
  for (const { table } of tables) await client.query(`ALTER TABLE ${qualified(table)} ENABLE TRIGGER USER`);
  for (const statement of constraints) await client.query(statement);
  requireSame(`tables of ${details.service}`, JSON.stringify(copied), JSON.stringify(details.tables));
  return copied.reduce((sum, { rows }) => sum + rows, 0);
}

/** The data of one table, out of the frames of a dump, up to the frame that says how many rows there were. */
class TableData {
  rows = -1;

  constructor(private readonly frames: AsyncGenerator<Frame>) {}

  async *data(): AsyncGenerator<Buffer> {
    for (;;) {
      const next = await this.frames.next();
      if (next.done) throw new CommandFailure('The dump ends within a table.');
      if (next.value.kind === 'end') {
        this.rows = jsonOf<{ rows: number }>(next.value).rows;
        return;
      }
      yield next.value.body;
    }
  }
}

function requireSame(what: string, found: string | number, promised: string | number): void {
  if (found === promised) return;
  throw new CommandFailure(`The ${what} are not what the backup promised: ${found} instead of ${promised}.`);
}

/** Whether the database holds anything. */
export async function isEmpty(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_class WHERE relnamespace = to_regnamespace($1)) AS there`,
    [SCHEMA],
  );
  return !rows[0]!.there;
}

/** Sessions of others on this database, by what they call themselves. */
export async function otherSessions(client: Client): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT DISTINCT coalesce(nullif(application_name, ''), usename) AS name FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`,
  );
  return rows.map(({ name }) => name);
}

/** Puts a restored schema in the place of what is there, which keeps its rows under the name `aside`; all or nothing. */
export async function takePlace(client: Client, schema: string, aside: string): Promise<void> {
  await client.query('BEGIN');
  try {
    // An empty one may go; with anything in it, this would refuse.
    const replace = (await isEmpty(client))
      ? `DROP SCHEMA IF EXISTS ${SCHEMA} RESTRICT`
      : `ALTER SCHEMA ${SCHEMA} RENAME TO ${escapeIdentifier(aside)}`;
    await client.query(replace);
    await client.query(`ALTER SCHEMA ${escapeIdentifier(schema)} RENAME TO ${SCHEMA}`);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
