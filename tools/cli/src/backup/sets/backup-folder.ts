import { mkdirSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from '@cryptoutil/crypto';
import { CommandFailure } from '../../command-failure.js';
import { ensurePrivateFolder, readTextIfPresent, writePrivateFile } from '../../home/private-file.js';
import type { Signer } from './backup-keys.js';
import { readManifest, type Manifest } from './manifest.js';
import { readVerification, type Verification } from './verification.js';

const MANIFEST = 'manifest.jws';
const SET = /^\d{8}T\d{6}Z-[0-9a-f]{8}$/;
/** Begins the name of what is being made or being removed; it is no set. */
const UNFINISHED = '.unfinished-';
/** What an interrupted run has left is removed by a later one after this time. */
const LEFTOVER_MS = 24 * 3_600_000;

/** One set of a folder, as far as it can be told without the recipient's key. */
export interface ListedSet {
  readonly id: string;
  readonly manifest: Manifest | undefined;
  /** Why it is not to be relied on; undefined for a good one. */
  readonly fault: string | undefined;
  readonly verification: Verification | undefined;
}

/** The name of a new set: its time, so that names sort by age, and something random. */
export const newSetId = (now: Date): string =>
  `${now.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z-${randomBytes(4).toString('hex')}`;

/** The folder of a set. Throws a `CommandFailure` when there is none of that name; without a name, the newest. */
export function setFolder(folder: string, id: string | undefined): { id: string; path: string } {
  const names = setNames(folder);
  const found = id ?? names.at(-1);
  if (found === undefined) throw new CommandFailure(`There is no backup in ${folder}.`);
  if (!names.includes(found)) throw new CommandFailure(`There is no backup ${found} in ${folder}.`);
  return { id: found, path: join(folder, found) };
}

/** The manifest of a set, verified, and its files there with the sizes that it names. Throws a `CommandFailure`. */
export async function openSet(folder: string, id: string, signer: Signer): Promise<Manifest> {
  const path = join(folder, id);
  const text = readTextIfPresent(join(path, MANIFEST));
  if (text === undefined) throw new CommandFailure(`${path} has no ${MANIFEST}: it is no whole backup.`);
  const manifest = await readManifest(text, signer, id);
  for (const { name, bytes } of manifest.files) {
    const found = statSync(join(path, name), { throwIfNoEntry: false });
    if (!found) throw new CommandFailure(`${name} is missing in ${path}.`);
    if (found.size !== bytes) throw new CommandFailure(`${name} in ${path} has ${found.size} bytes, not ${bytes}.`);
  }
  return manifest;
}

/** Every set of a folder, oldest first; those that are not whole with their fault. */
export async function listSets(folder: string, signer: Signer): Promise<ListedSet[]> {
  const sets: ListedSet[] = [];
  for (const id of setNames(folder)) {
    const verification = readVerification(join(folder, id));
    try {
      sets.push({ id, manifest: await openSet(folder, id, signer), fault: undefined, verification });
    } catch (error) {
      if (!(error instanceof CommandFailure)) throw error;
      sets.push({ id, manifest: undefined, fault: error.message, verification });
    }
  }
  return sets;
}

/**
 * Makes a set: `work` writes its files into a folder that no one lists, and gives the manifest. Only when all of it is on the disk does the
 * folder get its name. What fails leaves nothing.
 */
export async function makeSet(
  folder: string,
  id: string,
  work: (path: string) => Promise<string>,
): Promise<{ path: string }> {
  ensurePrivateFolder(folder);
  removeLeftovers(folder);
  const draft = join(folder, `${UNFINISHED}${id}`);
  mkdirSync(draft, { mode: 0o700 });
  try {
    writePrivateFile(join(draft, MANIFEST), `${await work(draft)}\n`);
    await syncFolder(draft);
    renameSync(draft, join(folder, id));
    await syncFolder(folder);
    return { path: join(folder, id) };
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    const { syscall, message } = error as NodeJS.ErrnoException;
    if (syscall === undefined || error instanceof CommandFailure) throw error;
    throw new CommandFailure(`The set was not written to ${folder}: ${message}. Nothing of it is left there.`);
  }
}

/** Removes a set in a way that never leaves half of one under its name. */
export function removeSet(folder: string, id: string): void {
  const aside = join(folder, `${UNFINISHED}removed-${id}`);
  renameSync(join(folder, id), aside);
  rmSync(aside, { recursive: true, force: true });
}

/** A new entry of a folder survives a power cut only when the folder is on the disk too. */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function setNames(folder: string): string[] {
  return entriesOf(folder)
    .filter((name) => SET.test(name))
    .sort();
}

function removeLeftovers(folder: string): void {
  for (const name of entriesOf(folder).filter((entry) => entry.startsWith(UNFINISHED))) {
    const found = statSync(join(folder, name), { throwIfNoEntry: false });
    if (found && Date.now() - found.mtimeMs > LEFTOVER_MS) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new CommandFailure(`The folder ${folder} cannot be read: ${(error as NodeJS.ErrnoException).code}.`);
  }
}
