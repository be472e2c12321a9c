import { closeSync, existsSync, openSync, readSync, fstatSync, renameSync } from 'node:fs';

/** How much of the end of a log is looked at for its last lines. */
const TAIL_BYTES = 16_384;

/** Opens a log for a child to write to (0600); the log of the run before is kept as `<name>.1`. */
export function openLog(file: string): { descriptor: number } & Disposable {
  if (existsSync(file)) renameSync(file, `${file}.1`);
  const descriptor = openSync(file, 'a', 0o600);
  return { descriptor, [Symbol.dispose]: () => closeSync(descriptor) };
}

/** The last lines of a log, or an empty text when there is none. */
export function lastLines(file: string, count: number): string {
  if (!existsSync(file)) return '';
  const descriptor = openSync(file, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const tail = Buffer.alloc(Math.min(size, TAIL_BYTES));
    readSync(descriptor, tail, 0, tail.length, size - tail.length);
    return tail.toString('utf8').trimEnd().split('\n').slice(-count).join('\n');
  } finally {
    closeSync(descriptor);
  }
}
