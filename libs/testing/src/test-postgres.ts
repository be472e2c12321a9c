import { EventEmitter } from 'node:events';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomToken } from '@cryptoutil/crypto';
import { startEmbeddedPostgres } from '@cryptoutil/database/embedded';

/** A PostgreSQL server for tests, and its superuser. */
export interface TestPostgres {
  host: string;
  port: number;
  user: string;
  password: string;
}

/**
 * Jest gives each spec file its own copy of every module and global, yet one worker process should start one server. Built-in modules are
 * the same object for all of them, so the server is remembered on one.
 */
const holder = EventEmitter as unknown as Record<symbol, Promise<TestPostgres> | undefined>;
const SERVER = Symbol.for('cryptoutil.testing.postgres');

/**
 * The PostgreSQL server of this process: the one CRYPTOUTIL_TEST_DATABASE_URL names (a superuser's URL), else an embedded one that is
 * started at the first call, is not durable, and ends with the process, even when that is killed.
 */
export function startTestPostgres(): Promise<TestPostgres> {
  const url = process.env.CRYPTOUTIL_TEST_DATABASE_URL;
  holder[SERVER] ??= url ? Promise.resolve(externalServer(url)) : embedded();
  return holder[SERVER];
}

/** A server that a test may stop and restart. */
export interface OwnTestPostgres extends TestPostgres {
  stop(): Promise<void>;
  /** Starts it again (after stopping it, if it runs) with the same data on the same port. */
  restart(): Promise<void>;
  /** Stops it for good and removes its data. */
  remove(): Promise<void>;
}

/** Starts an embedded server of a test's own. Call `remove()` in `afterAll`. */
export async function ownTestPostgres(): Promise<OwnTestPostgres> {
  const parent = await reachableFolder();
  const options = { directory: join(parent, 'data'), password: randomToken(), durable: false };
  let server = await startEmbeddedPostgres(options);
  const { host, port, user, password } = server;
  return {
    ...{ host, port, user, password },
    stop: () => server.stop(),
    restart: async () => {
      await server.stop();
      server = await startEmbeddedPostgres({ ...options, port });
    },
    remove: async () => {
      await server.stop();
      await rm(parent, { recursive: true, force: true });
    },
  };
}

/** The server that a URL like `postgres://superuser:password@host:port/postgres` names. */
export function externalServer(url: string): TestPostgres {
  const { hostname, port, username, password } = new URL(url);
  return {
    host: hostname,
    port: Number(port || 5432),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
  };
}

async function embedded(): Promise<TestPostgres> {
  const directory = join(tmpdir(), `cryptoutil-postgres-${randomToken(9)}`);
  return startEmbeddedPostgres({ directory, password: randomToken(), durable: false, ephemeral: true });
}

async function reachableFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'cryptoutil-postgres-'));
  await chmod(folder, 0o711);
  return folder;
}
