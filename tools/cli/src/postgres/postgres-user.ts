import { statSync } from 'node:fs';
import { dirname } from 'node:path';

/** The user that PostgreSQL runs as. */
export interface PostgresUser {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root, so root runs it as nobody; everybody else runs it as themselves (undefined). */
export function postgresUser(uid = process.getuid?.()): PostgresUser | undefined {
  return uid === 0 ? { uid: 65534, gid: 65534 } : undefined;
}

/**
 * Whether a user that is neither the owner nor in the group can get at a file or folder: the path itself is readable and every
 * folder above it can be entered.
 */
export function reachableByOthers(path: string): boolean {
  const own = statSync(path, { throwIfNoEntry: false });
  if (!own || (own.mode & 0o005) !== 0o005) return false;
  return foldersAbove(path).every((folder) => (statSync(folder).mode & 0o001) !== 0);
}

/** Whether that user could enter a folder that is made for it inside this one. */
export function enterableByOthers(folder: string): boolean {
  const own = statSync(folder, { throwIfNoEntry: false });
  return own !== undefined && [folder, ...foldersAbove(folder)].every((each) => (statSync(each).mode & 0o001) !== 0);
}

function foldersAbove(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [] : [parent, ...foldersAbove(parent)];
}
