import { createReadStream, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import { CommandFailure } from '../command-failure.js';
import { frame, jsonOf, readFrames } from './sealing/frames.js';

/** As "cryptoutil kms init" writes them. */
const UNSEAL_SHARE = /^kms1-[0-9a-f]{8}-\d/;
const LONGEST_SHARE_BYTES = 512;

/**
 * The files of a folder as frames, with their paths below it; returns how many. Refused are links, since what they lead to would be missing,
 * and unseal shares: a set with both the rows of the kms and shares would need nothing else to open them.
 */
export async function* dumpFolder(folder: string): AsyncGenerator<Buffer, number> {
  let files = 0;
  for (const path of filesBelow(folder)) {
    yield frame('file', { path });
    for await (const part of createReadStream(join(folder, path))) yield frame('data', part as Buffer);
    yield frame('end', {});
    files += 1;
  }
  yield frame('over', {});
  return files;
}

function filesBelow(folder: string, below = ''): string[] {
  if (!existsSync(folder)) throw new CommandFailure(`There is no folder ${folder} to take along.`);
  return readdirSync(join(folder, below))
    .sort()
    .flatMap((name) => {
      const path = join(below, name);
      const found = lstatSync(join(folder, path));
      if (found.isDirectory()) return filesBelow(folder, path);
      if (found.isFile()) return [withoutShare(folder, path, found.size)];
      throw new CommandFailure(`${join(folder, path)} is neither a file nor a folder; it cannot be taken along.`);
    });
}

function withoutShare(folder: string, path: string, bytes: number): string {
  const file = join(folder, path);
  if (bytes > LONGEST_SHARE_BYTES || !UNSEAL_SHARE.test(readFileSync(file, 'latin1'))) return path;
  throw new CommandFailure(`${file} is an unseal share, which does not belong into a backup: name folders without it.`);
}

/** Writes the files of such a dump (0600) below a folder that must not exist yet; resolves to how many. */
export async function writeFolder(source: AsyncIterable<Buffer>, folder: string): Promise<number> {
  if (existsSync(folder)) throw new CommandFailure(`${folder} is there already: name a folder that is not.`);
  let files = 0;
  let file: Awaited<ReturnType<typeof open>> | undefined;
  try {
    for await (const part of readFrames(source)) {
      if (part.kind === 'file') {
        const path = join(folder, inside(jsonOf<{ path: string }>(part).path));
        mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
        file = await open(path, 'wx', 0o600);
        files += 1;
      } else if (part.kind === 'data') await file?.write(part.body);
      else if (part.kind === 'end') {
        await file?.close();
        file = undefined;
      }
    }
    return files;
  } finally {
    await file?.close();
  }
}

function inside(path: string): string {
  if (isAbsolute(path) || normalize(path).startsWith('..'))
    throw new CommandFailure(`${path} leads out of the folder.`);
  return normalize(path);
}
