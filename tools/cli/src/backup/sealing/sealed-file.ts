import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import { pipeline as pipe, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { sha256Stream } from '@cryptoutil/crypto';
import { openStream, sealStream, type Recipient } from './sealed-stream.js';

/** A sealed file as the manifest names it. */
export interface SealedFile {
  readonly name: string;
  readonly bytes: number;
  /** Of the sealed bytes, as hex. */
  readonly sha256: string;
}

/** Compresses and seals a stream into a new file (0600), which is on the disk for good when this resolves. Nothing is held but a few chunks. */
export async function writeSealedFile(
  path: string,
  source: AsyncIterable<Buffer>,
  recipient: Recipient,
  place: string,
): Promise<Omit<SealedFile, 'name'>> {
  const hash = sha256Stream();
  const file = await open(path, 'wx', 0o600);
  let bytes = 0;
  try {
    await pipeline(source, createZstdCompress(), async (compressed: AsyncIterable<Buffer>) => {
      for await (const part of sealStream(compressed, recipient, place)) {
        for (let written = 0; written < part.length;) written += (await file.write(part, written)).bytesWritten;
        hash.update(part);
        bytes += part.length;
      }
    });
    await file.sync();
  } finally {
    await file.close();
  }
  return { bytes, sha256: hash.digest().toString('hex') };
}

/** The content of a sealed file. Throws a `CommandFailure` when it is not what was written. */
export function readSealedFile(path: string, recipient: Recipient, place: string): AsyncIterable<Buffer> {
  const opened = Readable.from(openStream(createReadStream(path), recipient, place), { objectMode: false });
  // What goes wrong on the way ends the stream that is read, with its error.
  return pipe(opened, createZstdDecompress(), () => undefined);
}
