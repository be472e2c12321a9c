import { spawn, type ChildProcess } from 'node:child_process';
import { Client } from 'pg';
import { CommandFailure } from '../command-failure.js';
import { openLog, lastLines } from '../processes/log-file.js';
import { waitUntil } from '../processes/wait-until.js';
import { SUPERUSER } from './data-folder.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import type { PostgresUser } from './postgres-user.js';

export interface PostgresServerOptions {
  readonly binaries: PostgresBinaries;
  readonly dataFolder: string;
  readonly user: PostgresUser | undefined;
  readonly port: number;
  readonly logFile: string;
  readonly superuserPassword: string;
}

const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 15_000;

/** Ends PostgreSQL when its standard input ends, which is what happens however the process that started it goes away. */
const GUARD = 'read -r _; kill -INT "$1"';

/** A PostgreSQL of the suite's own, on 127.0.0.1 alone. */
export class PostgresServer {
  /** Resolves when the server has ended, for whatever reason. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  private hasEnded = false;

  private constructor(
    readonly options: PostgresServerOptions,
    private readonly child: ChildProcess,
    guard: ChildProcess,
  ) {
    this.ended = new Promise((settle) => {
      child.once('exit', (code, signal) => {
        this.hasEnded = true;
        guard.kill('SIGKILL');
        settle({ code, signal });
      });
    });
  }

  /** Starts the server and waits until it accepts connections. Throws a `CommandFailure` when it does not. */
  static async start(options: PostgresServerOptions, onSpawn: (pid: number) => void): Promise<PostgresServer> {
    const { binaries, dataFolder, user, port, logFile } = options;
    using log = openLog(logFile);
    const settings = [
      '-c',
      'unix_socket_directories=',
      '-c',
      'max_connections=200',
      '-c',
      'log_line_prefix=%m [%p] %u@%d ',
    ];
    const child = spawn(binaries.postgres, ['-D', dataFolder, '-p', String(port), '-h', '127.0.0.1', ...settings], {
      ...user,
      cwd: dataFolder,
      env: { PATH: process.env.PATH, LC_ALL: 'C' },
      stdio: ['ignore', log.descriptor, log.descriptor],
      // Ctrl-C on a terminal goes to the whole process group; the database must outlive the services.
      detached: true,
    });
    await new Promise((settle, fail) => child.once('spawn', settle).once('error', fail));
    onSpawn(child.pid!);
    const guard = spawn('/bin/sh', ['-c', GUARD, 'cryptoutil-postgres-guard', String(child.pid)], {
      ...user,
      cwd: '/',
      env: {},
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    const server = new PostgresServer(options, child, guard);
    const ready = await waitUntil(async () => server.hasEnded || (await server.accepts()), {
      timeoutMs: READY_WITHIN_MS,
      intervalMs: 20,
    });
    if (ready && !server.hasEnded) return server;
    await server.stop();
    throw new CommandFailure(`PostgreSQL did not start; its last words (${logFile}):\n${lastLines(logFile, 8)}`);
  }

  get pid(): number {
    return this.child.pid!;
  }

  /** Runs one piece of work on a connection of the superuser. */
  async asSuperuser<T>(work: (client: Client) => Promise<T>, database = 'postgres'): Promise<T> {
    const client = new Client({
      host: '127.0.0.1',
      port: this.options.port,
      user: SUPERUSER,
      password: this.options.superuserPassword,
      database,
      connectionTimeoutMillis: 5_000,
    });
    // A connection that breaks while idle must not end this process.
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }

  /** Rolls back what is open, writes everything to disk and ends; in an emergency it ends without the last step. */
  async stop(): Promise<void> {
    for (const signal of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
      if (this.hasEnded) return;
      this.child.kill(signal);
      if (await waitUntil(() => this.hasEnded, { timeoutMs: STOP_WITHIN_MS, intervalMs: 10 })) return;
    }
  }

  private async accepts(): Promise<boolean> {
    try {
      await this.asSuperuser((client) => client.query('SELECT 1'));
      return true;
    } catch (error) {
      // 28P01: the server is up, but the password in the home is not the one its data was made with.
      if ((error as { code?: string }).code === '28P01') {
        await this.stop();
        throw new CommandFailure(
          'PostgreSQL does not accept the password kept in the home: start afresh with --reset.',
        );
      }
      return false;
    }
  }
}
