import { fstatSync } from 'node:fs';
import { type DestinationStream, destination } from 'pino';

/** More than this is written at once, in characters. */
const LONGEST = 16 * 1024;
/** Lines are held back no longer than this, and no more of them. */
const HELD_MS = 5_000;
const HELD_CHARACTERS = 16 * 1024 * 1024;

/**
 * Standard output for log lines. Those of one turn of the event loop go out in one synchronous write at its end, so that a busy server does
 * not pay a system call for each; what is left goes out when the process exits, whatever the reason it gives.
 *
 * In a file, SIGWINCH, which leaves processes alone that do not know it, holds lines back until it comes again, for 5 s or 16 Mi characters at most:
 * whoever copies the log file and truncates it sends one before and one after, and no line falls between the two.
 */
export function standardOutput(): DestinationStream & { flushSync(): void } {
  const output = destination({ fd: 1, sync: true });
  let lines = '';
  let release: NodeJS.Timeout | undefined;
  const flushSync = (): void => {
    clearTimeout(release);
    release = undefined;
    if (lines === '') return;
    const text = lines;
    lines = '';
    output.write(text);
  };
  const flushUnlessHeld = (): void => {
    if (release === undefined) flushSync();
  };
  process.on('exit', flushSync);
  const holdOrRelease = (): void => {
    const wasHeld = release !== undefined;
    flushSync();
    if (!wasHeld) release = setTimeout(flushSync, HELD_MS).unref();
  };
  // A terminal sends it, too, when its size changes.
  if (fstatSync(1).isFile()) process.on('SIGWINCH', holdOrRelease);
  return {
    write: (line) => {
      if (lines === '') setImmediate(flushUnlessHeld);
      lines += line;
      if (lines.length > (release === undefined ? LONGEST : HELD_CHARACTERS)) flushSync();
    },
    flushSync,
  };
}
