import { statSync } from 'node:fs';
import { dirname } from 'node:path';

const MAY_ENTER = 0o001;
const MAY_READ_AND_ENTER = 0o005;

/**
 * Whether a user who is neither the owner nor in the group can use a file or list a folder: it is open to others, and every folder above
 * it can be entered by them. A home folder with mode 0700 closes everything below it.
 */
export function reachableByOthers(path: string): boolean {
  return allows(path, MAY_READ_AND_ENTER) && foldersAbove(path).every((folder) => allows(folder, MAY_ENTER));
}

/** Whether such a user can get to a folder of their own inside this one. */
export function enterableByOthers(folder: string): boolean {
  return [folder, ...foldersAbove(folder)].every((each) => allows(each, MAY_ENTER));
}

function allows(path: string, mode: number): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && (found.mode & mode) === mode;
}

function foldersAbove(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [] : [parent, ...foldersAbove(parent)];
}
