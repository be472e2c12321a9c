import type { DatabaseSettings } from '@cryptoutil/database';
import { type Client, escapeIdentifier } from 'pg';
import { CommandFailure } from '../../command-failure.js';
import type { ServiceName } from '../../services/services.js';
import { frame } from '../sealing/frames.js';
import type { DatabaseDetails } from '../sets/manifest.js';
import { migrationsOf, sequencesOf, shapeOf, tablesOf } from './catalog.js';
import { connect, reasonOf } from './connections.js';
import { copyOut } from './copy-protocol.js';

/** The schema that the services keep their tables in. */
export const SCHEMA = 'public';

/** One database as it was at one moment, in a transaction that stays open and can only read. */
export class DatabaseSnapshot {
  private constructor(
    readonly service: ServiceName,
    private readonly settings: DatabaseSettings,
    private readonly client: Client,
    private readonly taken: Pick<DatabaseDetails, 'snapshot_at' | 'wal_position' | 'server_version'>,
  ) {}

  /** Takes it. Throws a `CommandFailure` when the database cannot be reached, or may not be read as a whole. */
  static async take(service: ServiceName, settings: DatabaseSettings): Promise<DatabaseSnapshot> {
    const client = await connect(settings);
    try {
      await client.query('BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
      // A policy that hides rows must fail the dump, not shorten it.
      await client.query(`SELECT set_config('row_security', 'off', true), set_config('extra_float_digits', '3', true)`);
      // The first statement of the transaction that reads is what the snapshot is taken for.
      const { rows } = await client.query<{ now: Date; wal: string; version: string }>(
        `SELECT clock_timestamp() AS now, current_setting('server_version') AS version,
                (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END)::text AS wal`,
      );
      const { now, wal, version } = rows[0]!;
      const taken = { snapshot_at: now.toISOString(), wal_position: wal, server_version: version };
      return new DatabaseSnapshot(service, settings, client, taken);
    } catch (error) {
      await client.end().catch(() => undefined);
      throw failed(settings, error);
    }
  }

  /** Runs a query on the state of the snapshot. */
  async query<Row extends object>(text: string): Promise<Row[]> {
    try {
      return (await this.client.query<Row>(text)).rows;
    } catch (error) {
      throw failed(this.settings, error);
    }
  }

  /** The dump as frames; returns what the manifest says about it. `onRows` is told how many rows there are so far. */
  async *dump(onRows: (rows: number) => void = () => undefined): AsyncGenerator<Buffer, DatabaseDetails> {
    try {
      const tables: DatabaseDetails['tables'] = [];
      let total = 0;
      for (const { table, columns } of await tablesOf(this.client, SCHEMA)) {
        yield frame('table', { table, columns });
        const names = columns.map((column) => escapeIdentifier(column)).join(', ');
        const source = copyOut(this.client, `COPY ${SCHEMA}.${escapeIdentifier(table)} (${names}) TO STDOUT`);
        let next = await source.next();
        for (; !next.done; next = await source.next()) yield frame('data', next.value);
        const rows = next.value;
        yield frame('end', { rows });
        onRows((total += rows));
        tables.push({ table, columns: [...columns], rows });
      }
      yield frame('sequences', await sequencesOf(this.client, SCHEMA));
      yield frame('over', {});
      return {
        ...{ service: this.service, database: this.settings.name, ...this.taken, tables },
        migrations: await migrationsOf(this.client, SCHEMA),
        shape: await shapeOf(this.client, SCHEMA),
      };
    } catch (error) {
      throw failed(this.settings, error);
    }
  }

  /** Ends the transaction and the connection; safe to call twice. */
  async release(): Promise<void> {
    await this.client.end().catch(() => undefined);
  }
}

const failed = ({ name, host, port }: DatabaseSettings, error: unknown): Error =>
  error instanceof CommandFailure
    ? error
    : new CommandFailure(`The database ${name} at ${host}:${port} was not dumped: ${reasonOf(error)}`);
