import { homeFolder } from '../home/home.js';
import { createProgress } from '../terminal/progress.js';
import { announcement } from './announcement.js';
import type { RunningSuite } from './running-suite.js';
import { startSuite } from './start-suite.js';
import type { SuiteOptions } from './suite-options.js';

const STOP_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** npm passes on the Ctrl-C that the terminal has sent to this process as well; only a later one is a second one. */
const SAME_SIGNAL_MS = 1_000;
const INTERRUPTED = 130;

/** Runs the suite until it is told to stop or a part of it dies. Resolves to the exit code. */
export async function up(options: Pick<SuiteOptions, 'home' | 'ports' | 'reset'>): Promise<number> {
  const begun = performance.now();
  const progress = createProgress();
  const { asked, signal, dispose } = stopRequests();
  try {
    let suite: RunningSuite;
    try {
      suite = await startSuite({ ...options, home: options.home ?? homeFolder(), progress, signal });
    } catch (error) {
      if (!signal.aborted) throw error;
      progress.note('Stopped before everything was up.');
      return INTERRUPTED;
    }
    progress.note(`Ready after ${((performance.now() - begun) / 1000).toFixed(1)} s.`);
    progress.note(announcement(suite.file, suite.context.home));
    const failure = await Promise.race([suite.failed, asked]);
    if (failure) process.stderr.write(`${failure}\nThe rest is stopped.\n`);
    await progress.step('stopped', () => suite.stop());
    return failure ? 1 : 0;
  } finally {
    dispose();
  }
}

/** The first signal asks for an orderly stop, a later one ends this process at once; its children then end on their own. */
function stopRequests(): { asked: Promise<undefined>; signal: AbortSignal; dispose: () => void } {
  const controller = new AbortController();
  let first: number | undefined;
  let settle: (value: undefined) => void;
  const asked = new Promise<undefined>((resolve) => (settle = resolve));
  const onSignal = (): void => {
    const now = performance.now();
    if (first !== undefined && now - first > SAME_SIGNAL_MS) process.exit(INTERRUPTED);
    first ??= now;
    controller.abort();
    settle(undefined);
  };
  for (const name of STOP_SIGNALS) process.on(name, onSignal);
  return {
    asked,
    signal: controller.signal,
    dispose: () => STOP_SIGNALS.forEach((name) => process.off(name, onSignal)),
  };
}
