import { chmodSync, cpSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Binaries } from './binaries.js';
import { unprivileged } from './data-directory.js';
import { reachableByOthers } from './reachable.js';

/**
 * The programs where the user that PostgreSQL runs as can start them: as installed, else a copy in the temporary folder, made once and
 * used again. Another user is only in play when this process is root, and out of reach is what lies below a folder like /root.
 */
export function runnableBinaries(installed: Binaries, folder = tmpdir()): Binaries {
  if (unprivileged().uid === undefined || reachableByOthers(installed.postgres)) return installed;
  const native = dirname(dirname(installed.postgres));
  const { version } = JSON.parse(readFileSync(join(native, '../package.json'), 'utf8')) as { version: string };
  const shared = join(folder, `cryptoutil-postgresql-${version}`);
  return binariesIn(isOurs(shared) ? shared : copyTo(shared, native));
}

const binariesIn = (folder: string): Binaries => ({
  initdb: join(folder, 'bin/initdb'),
  postgres: join(folder, 'bin/postgres'),
});

/** The name is easy to guess, so a copy that somebody else has put there is not run. */
function isOurs(folder: string): boolean {
  const found = statSync(folder, { throwIfNoEntry: false });
  return found !== undefined && found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0;
}

/** Copies under another name first, so that a copy of this name is always complete. */
function copyTo(shared: string, native: string): string {
  const draft = mkdtempSync(`${shared}-`);
  cpSync(native, draft, { recursive: true, verbatimSymlinks: true });
  chmodSync(draft, 0o755);
  try {
    renameSync(draft, shared);
    return shared;
  } catch {
    // Another process of ours was faster, or the name belongs to somebody else.
    if (!isOurs(shared)) return draft;
    rmSync(draft, { recursive: true, force: true });
    return shared;
  }
}
