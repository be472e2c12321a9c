import { type DestinationStream, destination } from 'pino';

/** More than this is written at once, in characters. */
const LONGEST = 16 * 1024;

/**
 * Standard output for log lines. Those of one turn of the event loop go out in one synchronous write at its end, so that a busy server does
 * not pay a system call for each; what is left goes out when the process exits, whatever the reason it gives.
 */
export function standardOutput(): DestinationStream & { flushSync(): void } {
  const output = destination({ fd: 1, sync: true });
  let lines = '';
  const flushSync = (): void => {
    if (lines === '') return;
    const text = lines;
    lines = '';
    output.write(text);
  };
  process.on('exit', flushSync);
  return {
    write: (line) => {
      if (lines === '') setImmediate(flushSync);
      lines += line;
      if (lines.length > LONGEST) flushSync();
    },
    flushSync,
  };
}
