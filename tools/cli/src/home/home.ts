import { readdirSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CommandFailure } from '../command-failure.js';
import { ensurePrivateFolder } from './private-file.js';

/** Where a suite keeps its state: everything in it belongs to its owner alone (folders 0700, files 0600). */
export interface Home {
  readonly folder: string;
  readonly pki: string;
  readonly secrets: string;
  readonly shares: string;
  readonly logs: string;
  /** How far the database of the kms was when it ran last. */
  readonly kmsAnchor: string;
  /** Where PostgreSQL keeps its data when the user it runs as can reach it. */
  readonly postgres: string;
  /** Which folder PostgreSQL really uses. */
  readonly postgresPlaceFile: string;
  /** Which process runs the suite, and its children. */
  readonly runFile: string;
  /** What was already put into the services, so that a second start leaves it alone. */
  readonly appliedFile: string;
  /** The contract with scripts and people's own clients. */
  readonly suiteFile: string;
}

/** The home of a suite: `CRYPTOUTIL_HOME`, else `.cryptoutil` in the working directory. */
export function homeFolder(env: NodeJS.ProcessEnv = process.env): string {
  return resolve(env.CRYPTOUTIL_HOME || '.cryptoutil');
}

/** The paths inside a home; nothing is created. */
export function homeAt(folder: string): Home {
  return {
    folder,
    pki: join(folder, 'pki'),
    secrets: join(folder, 'secrets'),
    shares: join(folder, 'shares'),
    logs: join(folder, 'logs'),
    kmsAnchor: join(folder, 'kms-anchor.json'),
    postgres: join(folder, 'postgres'),
    postgresPlaceFile: join(folder, 'postgres.json'),
    runFile: join(folder, 'run.json'),
    appliedFile: join(folder, 'applied.json'),
    suiteFile: join(folder, 'suite.json'),
  };
}

/**
 * Creates the folder of a home (0700). Throws a `CommandFailure` when it is somebody else's already: a folder with other things in it
 * that others can look into would have to be closed to them.
 */
export function ensureOwnFolder(home: Home): void {
  const found = statSync(home.folder, { throwIfNoEntry: false });
  const isOpen = found !== undefined && (found.mode & 0o077) !== 0;
  if (isOpen && !hasState(home) && readdirSync(home.folder).length > 0) {
    throw new CommandFailure(
      `${home.folder} holds other things and is open to others: choose a folder of its own for CRYPTOUTIL_HOME.`,
    );
  }
  ensurePrivateFolder(home.folder);
}

/** Creates the folders of a home, or narrows the modes of those that exist. */
export function ensureHome(home: Home): void {
  for (const folder of [home.folder, home.pki, home.secrets, home.shares, home.logs]) ensurePrivateFolder(folder);
}

/**
 * Removes what a suite has put into its home, but not the home itself nor the file that says who runs it: a home that was set to
 * a folder with other things in it keeps those.
 */
export function clearHome(home: Home): void {
  for (const path of [home.pki, home.secrets, home.shares, home.logs, home.postgres])
    rmSync(path, { recursive: true, force: true });
  for (const file of [home.kmsAnchor, home.postgresPlaceFile, home.appliedFile, home.suiteFile])
    rmSync(file, { force: true });
}

/** Whether an earlier start has left state in the home. */
export function hasState(home: Home): boolean {
  try {
    return readdirSync(home.secrets).length > 0;
  } catch {
    return false;
  }
}
