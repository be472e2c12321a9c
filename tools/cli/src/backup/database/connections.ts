import { readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Secret } from '@cryptoutil/crypto';
import type { DatabaseSettings } from '@cryptoutil/database';
import { Client, type ClientConfig } from 'pg';
import { z } from 'zod';
import { CommandFailure } from '../../command-failure.js';
import { homeAt, homeFolder, type Home } from '../../home/home.js';
import { readTextIfPresent } from '../../home/private-file.js';
import { serviceNames, services, type ServiceName } from '../../services/services.js';

/** How to reach the database of each service. */
export type SuiteConnections = Readonly<Record<ServiceName, DatabaseSettings>>;

const ownSchema = z.strictObject({
  host: z.string().min(1).optional(),
  port: z.number().int().min(1).max(65_535).optional(),
  name: z.string().min(1).optional(),
  user: z.string().min(1).optional(),
  password_file: z.string().min(1),
  tls_ca_file: z.string().min(1).optional(),
});
const fileSchema = z.strictObject({
  host: z.string().min(1).default('127.0.0.1'),
  port: z.number().int().min(1).max(65_535).default(5432),
  tls_ca_file: z.string().min(1).optional(),
  databases: z.strictObject(
    Object.fromEntries(serviceNames.map((name) => [name, ownSchema])) as Record<ServiceName, typeof ownSchema>,
  ),
});

/** A backup at night has the time to wait for a server that is busy. */
const CONNECT_TIMEOUT_MS = 30_000;

/** The connections that a file describes, or those of the suite that runs in the home. Throws a `CommandFailure` that names what is wrong. */
export function resolveConnections(file: string | undefined): SuiteConnections {
  return file === undefined ? suiteConnections(homeAt(homeFolder())) : fileConnections(file);
}

/** Those that a file describes. */
export function fileConnections(file: string): SuiteConnections {
  const text = readTextIfPresent(file);
  if (text === undefined) throw new CommandFailure(`There is no ${file}.`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new CommandFailure(`${file} is no JSON: ${(error as Error).message}`);
  }
  const parsed = fileSchema.safeParse(json);
  if (!parsed.success) {
    const issues = parsed.error.issues.map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`);
    throw new CommandFailure(`${file} is no description of connections:\n${issues.join('\n')}`);
  }
  const { databases, ...shared } = parsed.data;
  const path = (given: string | undefined): string | undefined => given && resolve(dirname(file), given);
  return forEachService((name) => {
    const own = databases[name];
    return {
      host: own.host ?? shared.host,
      port: own.port ?? shared.port,
      name: own.name ?? services[name].database,
      user: own.user ?? services[name].database,
      password: secretIn(path(own.password_file)!),
      tlsCaFile: path(own.tls_ca_file ?? shared.tls_ca_file),
      ...LIMITS,
    };
  });
}

/** Those of the embedded server of a home: its port stands in its own note. Throws a `CommandFailure` when it does not run. */
export function suiteConnections(home: Home): SuiteConnections {
  const place = readTextIfPresent(home.postgresPlaceFile);
  const folder = place === undefined ? undefined : (JSON.parse(place) as { folder: string }).folder;
  const note = folder === undefined ? undefined : readTextIfPresent(join(folder, 'data/postmaster.pid'));
  const port = Number(note?.split('\n')[3]);
  if (!Number.isInteger(port) || port <= 0) {
    throw new CommandFailure(
      `No suite runs in ${home.folder}: start it with "npm start", or name the databases with --connections.`,
    );
  }
  return forEachService((name) => ({
    ...{ host: '127.0.0.1', port, name: services[name].database, user: services[name].database },
    password: secretIn(join(home.secrets, name, 'database-password')),
    ...LIMITS,
  }));
}

const LIMITS = { poolSize: 1, connectTimeoutMs: CONNECT_TIMEOUT_MS };

function secretIn(file: string): Secret {
  try {
    return Secret.fromText(readFileSync(file, 'utf8').replace(/\r?\n$/, ''));
  } catch (error) {
    throw new CommandFailure(`The password file ${file} cannot be read: ${(error as NodeJS.ErrnoException).code}.`);
  }
}

const forEachService = (make: (name: ServiceName) => DatabaseSettings): SuiteConnections =>
  Object.fromEntries(serviceNames.map((name) => [name, make(name)])) as unknown as SuiteConnections;

/** A connection for long work: no limit on statements or on waiting in a transaction. Throws a `CommandFailure` that says which database. */
export async function connect(
  settings: DatabaseSettings,
  options: Pick<ClientConfig, 'options'> = {},
): Promise<Client> {
  const { host, port, name, user, password, tlsCaFile, connectTimeoutMs } = settings;
  const client = new Client({
    ...{ host, port, user, database: name, password: password.text(), ...options },
    ssl: tlsCaFile ? { ca: readFileSync(tlsCaFile, 'utf8'), rejectUnauthorized: true } : false,
    connectionTimeoutMillis: connectTimeoutMs,
    application_name: 'cryptoutil backup',
    keepAlive: true,
  });
  // A connection that breaks fails the statement that uses it; without a listener it would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(
      `SELECT set_config('statement_timeout', '0', false), set_config('lock_timeout', '0', false),
              set_config('idle_in_transaction_session_timeout', '0', false), set_config('client_encoding', 'UTF8', false),
              set_config('DateStyle', 'ISO, YMD', false), set_config('IntervalStyle', 'postgres', false)`,
    );
    return client;
  } catch (error) {
    await client.end().catch(() => undefined);
    throw new CommandFailure(`The database ${name} at ${host}:${port} cannot be reached: ${reasonOf(error)}`);
  }
}

/** What an error of the database says, in one line. */
export const reasonOf = (error: unknown): string => {
  const { message, code } = error as { message?: string; code?: string };
  return message || code || String(error);
};
