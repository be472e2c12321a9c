import { chmodSync, chownSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Creates a folder, with its parents, that only its owner may enter (0700); narrows the mode of one that exists. */
export function ensurePrivateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  chmodSync(folder, 0o700);
}

/**
 * Writes a file that only its owner may read (0600), by way of a neighbour that is renamed: a reader sees the old content or the
 * new one, and an interrupted write leaves the old one. Root leaves it to the owner of `like`, by default of the file that is replaced: a
 * service that reads it under an account of its own goes on doing so.
 */
export function writePrivateFile(file: string, content: string, like = file): void {
  const neighbour = join(dirname(file), `.${process.pid}.${Date.now()}.tmp`);
  try {
    writeFileSync(neighbour, content, { mode: 0o600, flag: 'wx', flush: true });
    const owner = process.getuid?.() === 0 ? statSync(like, { throwIfNoEntry: false }) : undefined;
    if (owner) chownSync(neighbour, owner.uid, owner.gid);
    renameSync(neighbour, file);
  } catch (error) {
    rmSync(neighbour, { force: true });
    throw error;
  }
}

/** The text of a file, or undefined when there is none. Other failures are thrown. */
export function readTextIfPresent(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
