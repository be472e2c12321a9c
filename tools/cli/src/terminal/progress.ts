/** Shows what is being done, to a person or to a log. */
export interface Progress {
  /** Runs one step and shows how long it took. */
  readonly step: <T>(title: string, work: () => Promise<T>) => Promise<T>;
  /** Prints a line of its own. */
  readonly note: (line: string) => void;
}

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const FRAME_MS = 80;
const CLEAR_LINE = '\r\x1b[2K';

/** A spinner on a terminal; elsewhere one line for each step when it ends. */
export function createProgress(stream: NodeJS.WriteStream = process.stdout): Progress {
  const running = new Set<string>();
  let frame = 0;
  let timer: NodeJS.Timeout | undefined;

  const clear = (): void => {
    if (stream.isTTY) stream.write(CLEAR_LINE);
  };
  const draw = (): void => {
    if (running.size === 0) return;
    const line = `${FRAMES[frame++ % FRAMES.length]!} ${[...running].join(', ')}`;
    stream.write(`${CLEAR_LINE}${line.slice(0, Math.max(20, stream.columns - 1))}`);
  };
  const note = (line: string): void => {
    clear();
    stream.write(`${line}\n`);
  };

  return {
    note,
    async step(title, work) {
      const begun = performance.now();
      running.add(title);
      if (stream.isTTY) {
        timer ??= setInterval(draw, FRAME_MS);
        draw();
      }
      let mark = '✗';
      try {
        const result = await work();
        mark = '✓';
        return result;
      } finally {
        running.delete(title);
        note(`${mark} ${title} (${((performance.now() - begun) / 1000).toFixed(1)} s)`);
        if (running.size === 0) {
          clearInterval(timer);
          timer = undefined;
        }
      }
    },
  };
}

/** For callers that want no output. */
export const silentProgress: Progress = { step: (_title, work) => work(), note: () => undefined };
