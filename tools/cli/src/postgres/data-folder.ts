import { spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandFailure } from '../command-failure.js';
import { readTextIfPresent } from '../home/private-file.js';
import { identifyProcess, isRunning, signalProcess } from '../processes/process-identity.js';
import { waitUntil } from '../processes/wait-until.js';
import type { PostgresBinaries } from './postgres-binaries.js';
import type { PostgresUser } from './postgres-user.js';

/** The superuser of the embedded server. */
export const SUPERUSER = 'cryptoutil';

interface DataFolderOptions {
  readonly place: string;
  readonly binaries: PostgresBinaries;
  readonly user: PostgresUser | undefined;
  readonly superuserPassword: string;
}

/**
 * The data folder, made by initdb when there is none. It is made under another name and renamed when it is complete, so that an
 * interrupted start leaves nothing that looks like a database.
 */
export async function ensureDataFolder({
  place,
  binaries,
  user,
  superuserPassword,
}: DataFolderOptions): Promise<string> {
  const folder = join(place, 'data');
  if (existsSync(join(folder, 'PG_VERSION'))) return folder;
  const draft = join(place, 'data.new');
  const passwordFile = join(place, 'superuser-password');
  rmSync(draft, { recursive: true, force: true });
  rmSync(passwordFile, { force: true });
  mkdirSync(draft, { mode: 0o700 });
  writeFileSync(passwordFile, superuserPassword, { mode: 0o600, flag: 'wx' });
  if (user) for (const path of [draft, passwordFile]) chownSync(path, user.uid, user.gid);
  try {
    await run(binaries.initdb, initdbArguments(draft, passwordFile), user);
  } finally {
    rmSync(passwordFile, { force: true });
  }
  rmSync(folder, { recursive: true, force: true });
  renameSync(draft, folder);
  return folder;
}

/**
 * Makes sure that no server of an earlier start holds the data folder: stops one that still runs, and removes the note of one that
 * was killed when its process id has gone to another process since (PostgreSQL would take that one for its predecessor).
 */
export async function releaseDataFolder(folder: string): Promise<void> {
  const note = join(folder, 'postmaster.pid');
  const pid = Number(readTextIfPresent(note)?.split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 0) return;
  const holder = identifyProcess(pid);
  if (!holder || !worksIn(pid, folder)) {
    rmSync(note, { force: true });
    return;
  }
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    signalProcess(holder, signal);
    if (await waitUntil(() => !isRunning(holder), { timeoutMs: 15_000 })) return;
  }
  throw new CommandFailure(
    `A PostgreSQL of an earlier start (process ${pid}) holds ${folder} and does not stop: end it and try again.`,
  );
}

function worksIn(pid: number, folder: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === folder;
  } catch {
    return false;
  }
}

function initdbArguments(folder: string, passwordFile: string): string[] {
  const locale = ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
  return ['-D', folder, '-U', SUPERUSER, '-A', 'scram-sha-256', '--pwfile', passwordFile, '-E', 'UTF8', ...locale];
}

function run(program: string, args: string[], user: PostgresUser | undefined): Promise<void> {
  const child = spawn(program, args, {
    ...user,
    cwd: '/',
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  return new Promise((settle, fail) => {
    child.once('error', fail).once('close', (code) => {
      if (code === 0) settle();
      else
        fail(
          new CommandFailure(
            `PostgreSQL could not create its data folder (exit code ${code}): ${output.trim().split('\n').pop()}`,
          ),
        );
    });
  });
}
