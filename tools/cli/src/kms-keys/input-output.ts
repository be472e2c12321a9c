import { readFileSync, writeFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { CommandFailure } from '../command-failure.js';

/** Everything of a stream. */
export async function readBytes(stream: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk as string));
  return Buffer.concat(chunks);
}

export const readText = async (stream: Readable): Promise<string> => (await readBytes(stream)).toString('utf8');

/** Where an operation gets what it works on. */
export interface InputOptions {
  readonly in?: string;
  readonly tokenFile?: string;
}

/** What to work on: the file that was named, else standard input. */
export async function readInput({ in: file, tokenFile }: InputOptions): Promise<Buffer> {
  if (file !== undefined && file !== '-') {
    try {
      return readFileSync(file);
    } catch (error) {
      throw new CommandFailure(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code}.`);
    }
  }
  if (tokenFile === '-')
    throw new CommandFailure('Standard input holds the token already: say with --in which file to work on.');
  return readBytes(process.stdin);
}

/** Writes a result into the file that was named (0600, replaced), else to standard output. */
export function writeOutput(file: string | undefined, content: string | Buffer): void {
  if (file === undefined || file === '-') process.stdout.write(content);
  else writeFileSync(file, content, { mode: 0o600 });
}
