import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { LogLine } from './subject.js';

/** The lines of a stream. */
export async function* linesOf(stream: Readable, source: string): AsyncGenerator<LogLine> {
  for await (const text of createInterface({ input: stream, crlfDelay: Infinity })) yield { source, text };
}

/** The lines of a file. */
export const linesOfFile = (file: string, source: string): AsyncGenerator<LogLine> =>
  linesOf(createReadStream(file), source);
