import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { unprivileged } from './data-directory.js';

export interface ServerCommand {
  command: string[];
  directory: string;
  port: number;
  removeAfterwards: boolean;
  /** Where what the server says goes. */
  logFile: string;
}

export interface RunningServer {
  /** Stops the server: open transactions are rolled back, sessions ended, files left consistent. Safe to call twice. */
  stop(): Promise<void>;
  /** Resolves when the server has ended for whatever reason, with its exit code. */
  ended: Promise<number | null>;
  /** Of the process that stands for the server: it ends when the server does. */
  pid: number;
}

/** Thrown when the port is in use by another program. */
export class PortTaken extends Error {
  readonly port: number;

  constructor(port: number) {
    super(`Port ${port} is taken by another program.`);
    this.port = port;
  }
}

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 20_000;
const POLL_MS = 15;

/**
 * This shell stands between our process and PostgreSQL. Its standard input is a pipe that nobody writes to and that ends when our process
 * ends, by whatever cause; then PostgreSQL gets SIGINT (fast shutdown). The first argument is what to remove after a good end, or empty;
 * after a bad one the server's last words are still wanted.
 */
const GUARDIAN = `
remove=$1; shift
exec 3<&0
"$@" 3<&- </dev/null &
server=$!
( read -r _ <&3; kill -INT $server ) 2>/dev/null &
reader=$!
wait $server
code=$?
kill $reader 2>/dev/null
[ -z "$remove" ] || [ $code -ne 0 ] || rm -rf "$remove"
exit $code
`;

/** Starts the server behind its guardian and resolves when it accepts connections. */
export async function startServer({
  command,
  directory,
  port,
  removeAfterwards,
  logFile,
}: ServerCommand): Promise<RunningServer> {
  const log = openSync(logFile, 'w', 0o600);
  // Detached: a session of its own, so that Ctrl-C in a terminal reaches our process first and we decide the order of the end.
  const guardian = spawn('/bin/sh', ['-c', GUARDIAN, 'guardian', removeAfterwards ? directory : '', ...command], {
    ...unprivileged(),
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', log],
  });
  closeSync(log);
  const ended = new Promise<number | null>((resolve) => {
    guardian.once('error', () => resolve(null));
    guardian.once('exit', resolve);
  });
  const server: RunningServer = {
    ended,
    pid: guardian.pid ?? 0,
    stop: async () => {
      await stop(guardian, ended);
      if (removeAfterwards) await rm(directory, { recursive: true, force: true });
    },
  };
  try {
    await ready(logFile, port, ended);
  } catch (error) {
    await server.stop();
    throw error;
  }
  // The server must not keep our process alive when all else is done.
  guardian.unref();
  (guardian.stdin as Socket).unref();
  return server;
}

async function ready(log: string, port: number, ended: Promise<unknown>): Promise<void> {
  let over = false;
  void ended.then(() => (over = true));
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    const text = await readFile(log, 'utf8').catch(() => '');
    if (text.includes('ready to accept connections')) return;
    if (over || Date.now() > deadline) {
      if (text.includes('Address already in use')) throw new PortTaken(port);
      throw new Error(`PostgreSQL did not start: ${text.trim().slice(-500) || 'it said nothing'}`);
    }
    await delay(POLL_MS);
  }
}

async function stop(guardian: ChildProcess, ended: Promise<unknown>): Promise<void> {
  guardian.ref();
  guardian.stdin?.end();
  const timer = setTimeout(() => {
    // The group is the guardian and the postmaster; sessions end when they notice that it is gone.
    if (guardian.pid !== undefined) process.kill(-guardian.pid, 'SIGKILL');
  }, STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}
