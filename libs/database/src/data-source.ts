import { readFileSync } from 'node:fs';
import { DataSource, type DataSourceOptions, type MigrationInterface } from 'typeorm';
import type { DatabaseSettings } from './settings.js';

/** A TypeORM migration class; its name ends in a 13-digit timestamp. */
export type MigrationClass = new () => MigrationInterface;
/** An entity class, as TypeORM's decorators mark it. */
export type EntityClass = abstract new (...parameters: never[]) => object;

/** What a service keeps in its database. Each app exports both lists from `src/database.ts`. */
export interface DatabaseSchema {
  entities?: readonly EntityClass[];
  migrations?: readonly MigrationClass[];
}

export interface DataSourceExtras {
  /** Told of an idle pooled connection that broke; the pool replaces it. Without this listener the process would die of it. */
  onPoolError?: (error: unknown) => void;
  /** The longest a statement may run, in milliseconds; 0 is no limit. Default 15 000. */
  statementTimeoutMs?: number;
  /** PostgreSQL schema in which names are looked for and made; default `public`. */
  schemaName?: string | undefined;
  /** Overrides the pool size of the settings. */
  poolSize?: number;
}

const DEFAULT_STATEMENT_TIMEOUT_MS = 15_000;

/** Knows its entities before it has ever been connected, so that a store used too early fails as "not connected" and nothing else. */
class ServiceDataSource extends DataSource {
  async prepare(): Promise<void> {
    await this.buildMetadatas();
  }
}

/**
 * A TypeORM data source on PostgreSQL. It never changes the schema by itself. It is not connected yet: call `initialize()`, or let
 * `DatabaseModule` do it. Statements end after 15 s, transactions left idle after 30 s, and an exhausted pool refuses after the connect timeout.
 */
export function createDataSource(
  settings: DatabaseSettings,
  schema: DatabaseSchema,
  extras: DataSourceExtras = {},
): DataSource {
  return new ServiceDataSource(options(settings, schema, extras));
}

/** Builds the entity metadata of a data source that is not connected. Throws on a wrong entity definition. */
export async function prepareDataSource(dataSource: DataSource): Promise<void> {
  if (dataSource instanceof ServiceDataSource) await dataSource.prepare();
}

function options(settings: DatabaseSettings, schema: DatabaseSchema, extras: DataSourceExtras): DataSourceOptions {
  const statementTimeoutMs = extras.statementTimeoutMs ?? DEFAULT_STATEMENT_TIMEOUT_MS;
  return {
    type: 'postgres',
    host: settings.host,
    port: settings.port,
    database: settings.name,
    username: settings.user,
    // A function, so that no dump of the options shows it.
    password: () => settings.password.text(),
    ssl: settings.tlsCaFile ? { ca: readFileSync(settings.tlsCaFile, 'utf8'), rejectUnauthorized: true } : false,
    entities: [...(schema.entities ?? [])],
    migrations: [...(schema.migrations ?? [])],
    migrationsTableName: 'migrations',
    synchronize: false,
    migrationsRun: false,
    logging: false,
    installExtensions: false,
    applicationName: settings.user,
    connectTimeoutMS: settings.connectTimeoutMs,
    poolSize: extras.poolSize ?? settings.poolSize,
    poolErrorHandler: extras.onPoolError ?? (() => undefined),
    extra: {
      statement_timeout: statementTimeoutMs,
      ...(extras.schemaName === undefined ? {} : { options: `-c search_path=${extras.schemaName}` }),
      idle_in_transaction_session_timeout: 30_000,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      idleTimeoutMillis: 60_000,
      // The server ends slow statements itself; this one fires only when the network swallows its answer.
      ...(statementTimeoutMs > 0 ? { query_timeout: statementTimeoutMs + 5_000 } : {}),
    },
  };
}
