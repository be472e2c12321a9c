import { spawn } from 'node:child_process';
import { chown, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** PostgreSQL refuses to run as root; then it runs as this user (nobody, on every Linux). */
const NOBODY = 65_534;

/** `{ uid, gid }` to run PostgreSQL as, or nothing when this process is not root. */
export function unprivileged(): { uid?: number; gid?: number } {
  return process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
}

/** Makes the folder with mode 0700 for the user that PostgreSQL runs as. */
export async function makeFolder(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const { uid, gid } = unprivileged();
  if (uid !== undefined && gid !== undefined) await chown(directory, uid, gid);
}

/** Whether the folder already holds a database cluster. */
export async function isInitialised(directory: string): Promise<boolean> {
  return stat(join(directory, 'PG_VERSION')).then(
    () => true,
    () => false,
  );
}

/**
 * Makes a database cluster: UTF-8, the C.UTF-8 collation of PostgreSQL itself (the same on every machine), and passwords by SCRAM only.
 * It is made under another name and renamed when it is finished, so that no start takes half a cluster for a whole one, however an earlier
 * attempt ended.
 */
export async function initialise(initdb: string, directory: string, user: string, password: string): Promise<void> {
  const draft = `${directory}.new`;
  const passwordFile = `${directory}.password`;
  await Promise.all([draft, passwordFile].map((path) => rm(path, { recursive: true, force: true })));
  await makeFolder(draft);
  await writeFile(passwordFile, password, { mode: 0o600, flag: 'wx' });
  try {
    const { uid, gid } = unprivileged();
    if (uid !== undefined && gid !== undefined) await chown(passwordFile, uid, gid);
    await run(initdb, [
      ...['-D', draft, '-U', user, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`, '-E', 'UTF8'],
      ...['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C', '--no-instructions'],
    ]);
    await rm(directory, { recursive: true, force: true });
    await rename(draft, directory);
  } finally {
    await Promise.all([draft, passwordFile].map((path) => rm(path, { recursive: true, force: true })));
  }
}

async function run(program: string, parameters: string[]): Promise<void> {
  const child = spawn(program, parameters, { ...unprivileged(), cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] });
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`initdb ended with ${code}: ${complaint.trim().slice(-500)}`);
}
