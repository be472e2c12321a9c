import { join } from 'node:path';
import { postgresBinaries } from './binaries.js';
import { initialise, isInitialised } from './data-directory.js';
import { freePort } from './free-port.js';
import { runnableBinaries } from './runnable-binaries.js';
import { PortTaken, startServer, type RunningServer } from './server-process.js';

export interface EmbeddedPostgresOptions {
  /** Folder of the database cluster; made when it is not there. When this process is root, uid 65534 must be able to reach it. */
  directory: string;
  /** Password of the superuser, set when the cluster is made. */
  password: string;
  /** Superuser; default `postgres`. */
  user?: string;
  /** Port on 127.0.0.1; default: one that is free. */
  port?: number;
  /** `false` trades safety against a power cut for speed: for tests only. Default true. */
  durable?: boolean;
  /** Removes the folder when the server has ended; when this process was killed, as far as the server's user may. Default false. */
  ephemeral?: boolean;
  /** Where what the server says goes, anew at each start; default `server.log` in the folder. */
  logFile?: string;
  /** Most connections at once; default 200. */
  maxConnections?: number;
}

/** A PostgreSQL server that ends with this process, even when this process is killed. */
export interface EmbeddedPostgres extends RunningServer {
  host: '127.0.0.1';
  port: number;
  user: string;
  password: string;
}

const PORT_ATTEMPTS = 5;

/**
 * Starts PostgreSQL on loopback, with passwords (SCRAM) for everybody, and resolves when it accepts connections. Makes the cluster first
 * when there is none. Rejects with one clear sentence: `PortTaken`, no binaries for this platform, or the last words of the server.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { initdb, postgres } = runnableBinaries(await postgresBinaries());
  const { directory, password, user = 'postgres' } = options;
  for (let attempt = 1; ; attempt += 1) {
    if (!(await isInitialised(directory))) await initialise(initdb, directory, user, password);
    const port = options.port ?? (await freePort());
    try {
      const server = await startServer({
        command: [postgres, ...parameters(options, port)],
        directory,
        port,
        removeAfterwards: options.ephemeral ?? false,
        logFile: options.logFile ?? join(directory, 'server.log'),
      });
      return { host: '127.0.0.1', port, user, password, ...server };
    } catch (error) {
      // Between finding a free port and using it, another program may have taken it.
      if (!(error instanceof PortTaken) || options.port !== undefined || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

function parameters(
  { directory, durable = true, maxConnections = 200 }: EmbeddedPostgresOptions,
  port: number,
): string[] {
  const settings: Record<string, string | number> = {
    unix_socket_directories: '',
    max_connections: maxConnections,
    shared_buffers: '64MB',
    password_encryption: 'scram-sha-256',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
    ...(durable ? {} : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'off' }),
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  return ['-D', directory, '-p', String(port), '-h', '127.0.0.1', ...flags];
}
