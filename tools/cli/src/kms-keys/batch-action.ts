import { createReadStream, createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { CommandFailure } from '../command-failure.js';
import { withKeys, type KeyOptions } from './connect.js';
import type { KeyService } from './key-service.js';

/** Where the lines come from and go. */
export interface BatchOptions extends KeyOptions {
  readonly in?: string;
  readonly out?: string;
}

/** Most items of one call, and most characters of their lines: the key service takes no larger ones, and keys take time to make. */
const itemsOf = (operation: string): number => (operation === 'generate' ? 20 : 1000);
const CHARACTERS = 512 * 1024;

/** One line: an item to send, or what is wrong with it. */
type Line = { item: object } | { error: { code: string; detail: string } };

/**
 * Does an operation for each line of an input, in as few calls as it takes, and writes a line for each: its result or its error. Fails when lines
 * were refused, after all of them were tried; and at once, with how far it came, when a call as a whole is refused.
 */
export function batch(operation: string, key: string, options: BatchOptions): Promise<void> {
  return withKeys(options, 'service', async (keys) => {
    const path = `${await keys.path(key)}/${operation}:batch`;
    const output =
      options.out === undefined || options.out === '-'
        ? process.stdout
        : createWriteStream(options.out, { mode: 0o600 });
    let done = 0;
    let refused = 0;
    const write = async (results: object[]) => {
      done += results.length;
      refused += results.filter((result) => 'error' in result).length;
      const text = results.map((result) => `${JSON.stringify(result)}\n`).join('');
      if (!output.write(text)) await once(output, 'drain');
      if (process.stderr.isTTY) process.stderr.write(`\r${done} lines`);
    };
    try {
      for await (const lines of inCalls(input(options), itemsOf(operation)))
        await write(await perform(keys, path, lines));
    } catch (error) {
      if (error instanceof CommandFailure && done > 0)
        throw new CommandFailure(`${error.message}\n  ${done} lines were done before.`, error.exitCode);
      throw error;
    } finally {
      if (process.stderr.isTTY && done > 0) process.stderr.write('\n');
      if (output !== process.stdout) await new Promise<void>((resolve) => void output.end(resolve));
    }
    if (refused > 0) throw new CommandFailure(`${refused} of ${done} lines were refused.`);
  });
}

function input({ in: file, tokenFile }: BatchOptions): Readable {
  if (file !== undefined && file !== '-') return createReadStream(file);
  if (tokenFile === '-')
    throw new CommandFailure('Standard input holds the token already: say with --in which file to work on.');
  return process.stdin;
}

/** Lines of one call at a time. */
async function* inCalls(stream: Readable, most: number): AsyncGenerator<Line[]> {
  let lines: Line[] = [];
  let characters = 0;
  for await (const text of textLines(stream)) {
    if (text.trim() === '') continue;
    if (lines.length >= most || (lines.length > 0 && characters + text.length > CHARACTERS)) {
      yield lines;
      [lines, characters] = [[], 0];
    }
    lines.push(lineOf(text));
    characters += text.length;
  }
  if (lines.length > 0) yield lines;
}

async function* textLines(stream: Readable): AsyncGenerator<string> {
  // Its own listener: without one a file that is not there would end the process.
  stream.on('error', () => undefined);
  try {
    yield* createInterface({ input: stream, crlfDelay: Infinity });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CommandFailure(`The input cannot be read: ${code ?? message}.`);
  }
}

function lineOf(text: string): Line {
  try {
    const item: unknown = JSON.parse(text);
    if (typeof item === 'object' && item !== null && !Array.isArray(item)) return { item };
  } catch {
    // The same answer as for JSON that is no object.
  }
  return { error: { code: 'invalid_json', detail: 'The line is not a JSON object.' } };
}

/** The results in the order of the lines. */
async function perform(keys: KeyService, path: string, lines: Line[]): Promise<object[]> {
  const items = lines.flatMap((line) => ('item' in line ? [line.item] : []));
  const results = items.length > 0 ? (await keys.call<{ items: object[] }>('POST', path, { items })).items : [];
  const next = results.values();
  return lines.map((line) => ('item' in line ? (next.next().value ?? {}) : line));
}
