import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { CommandFailure } from '../command-failure.js';
import { ensurePrivateFolder, readTextIfPresent, writePrivateFile } from '../home/private-file.js';

/** The file of the nth share, counted from 1. */
export const shareFile = (folder: string, number: number): string => join(folder, `share-${number}`);

/** Fails before anything is asked of the kms when the folder holds shares already: they could be the only copy. */
export function requireNoShares(folder: string): void {
  if (readTextIfPresent(shareFile(folder, 1)) !== undefined) {
    throw new CommandFailure(`${folder} holds unseal shares already; choose another folder.`);
  }
}

/** Writes each share into a file of its own (0600). Returns the paths. */
export function writeShares(folder: string, shares: readonly string[]): string[] {
  ensurePrivateFolder(folder);
  return shares.map((share, index) => {
    const file = shareFile(folder, index + 1);
    writePrivateFile(file, `${share}\n`);
    return file;
  });
}

/** The share of each file. Throws a `CommandFailure` naming the file that cannot be read or is empty. */
export function readShareFiles(files: readonly string[]): string[] {
  return files.map((file) => {
    let text: string;
    try {
      text = readFileSync(file, 'utf8').trim();
    } catch (error) {
      throw new CommandFailure(`The share file ${file} cannot be read: ${(error as NodeJS.ErrnoException).code}.`);
    }
    if (text === '') throw new CommandFailure(`The share file ${file} is empty.`);
    return text;
  });
}

/** The shares of a stream, one a line; empty lines are skipped. */
export async function readShareLines(stream: Readable): Promise<string[]> {
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) text += chunk as string;
  const shares = text.split('\n').map((line) => line.trim());
  return shares.filter((share) => share !== '');
}
