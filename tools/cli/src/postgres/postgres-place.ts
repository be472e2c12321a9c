import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { enterableByOthers, unprivileged } from '@cryptoutil/database/embedded';
import { CommandFailure } from '../command-failure.js';
import type { Home } from '../home/home.js';
import { ensurePrivateFolder, readTextIfPresent, writePrivateFile } from '../home/private-file.js';

const OWNER_FILE = 'belongs-to';

/**
 * The folder for the data of PostgreSQL, which the user it runs as can reach: a folder of the home, or one outside of it when
 * PostgreSQL runs as another user (root cannot run it); the home remembers which.
 */
export function postgresPlace(home: Home): string {
  const remembered = readTextIfPresent(home.postgresPlaceFile);
  if (remembered !== undefined) {
    const { folder } = JSON.parse(remembered) as { folder: string };
    if (existsSync(folder)) return folder;
    throw new CommandFailure(
      `The data of PostgreSQL was in ${folder}, but that folder is gone: put it back, or start afresh with --reset (the demo data and all keys are made anew).`,
    );
  }
  const asAnotherUser = unprivileged().uid !== undefined;
  const folder = asAnotherUser ? createOutside(home) : home.postgres;
  if (!asAnotherUser) ensurePrivateFolder(folder);
  writePrivateFile(home.postgresPlaceFile, JSON.stringify({ folder }));
  return folder;
}

/** Removes the folder outside of the home, if there is one and it says that it belongs to this home. */
export function removePostgresPlace(home: Home): void {
  const remembered = readTextIfPresent(home.postgresPlaceFile);
  if (remembered === undefined) return;
  const { folder } = JSON.parse(remembered) as { folder: string };
  if (readTextIfPresent(join(folder, OWNER_FILE)) === home.folder) rmSync(folder, { recursive: true, force: true });
}

/** A home is closed to everybody but its owner, so the folder lies outside; kept over a reboot unless the home itself is temporary. */
function createOutside(home: Home): string {
  const temporary = home.folder.startsWith(`${tmpdir()}/`);
  for (const base of temporary ? [tmpdir()] : ['/var/lib/cryptoutil', tmpdir()]) {
    try {
      mkdirSync(base, { recursive: true, mode: 0o755 });
      if (!enterableByOthers(base)) continue;
      const folder = mkdtempSync(join(base, 'cryptoutil-postgres-'));
      chmodSync(folder, 0o711);
      writeFileSync(join(folder, OWNER_FILE), home.folder, { mode: 0o600 });
      return folder;
    } catch (error) {
      if (!['EACCES', 'EROFS', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    }
  }
  throw new CommandFailure(
    `PostgreSQL does not run as root and finds no folder it may use: run this as another user, or open ${tmpdir()}.`,
  );
}
