import type { ChildProcess } from 'node:child_process';
import type { MetricSnapshot } from '../metrics/snapshot.js';
import type { FromWorker, ToWorker } from './messages.js';

const ANSWER_WITHIN_MS = 1_000;
/** Longer than a worker gives to what is in flight. */
const STOP_WITHIN_MS = 35_000;

/** How a worker ended. */
export interface WorkerEnding {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One process that serves the API, seen from the one that started it. */
export class PoolWorker {
  /** Resolves to the base URL of its listener; never, when it ends before. */
  readonly ready: Promise<string>;
  readonly ended: Promise<WorkerEnding>;
  /** As of its last answer. */
  snapshots: readonly MetricSnapshot[] = [];
  private readonly waiting: (() => void)[] = [];

  constructor(
    private readonly child: ChildProcess,
    private readonly page: () => Promise<string>,
  ) {
    this.ended = new Promise((settle) => child.once('exit', (code, signal) => settle({ code, signal })));
    this.ready = new Promise((settle) => {
      child.on('message', (message: FromWorker) => {
        if (message.kind === 'ready') settle(message.url);
        else this.answer(message);
      });
    });
    // Sending to a process that has just ended; its end is noticed by itself.
    child.on('error', () => undefined);
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Asks for its metrics; settles within a second, with those of before when there is no answer. */
  async refresh(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((settle) => {
      timer = setTimeout(settle, ANSWER_WITHIN_MS);
      this.waiting.push(settle);
      void this.ended.then(() => settle());
      this.send({ kind: 'snapshots-wanted' });
    });
    clearTimeout(timer);
  }

  /** Lets it finish what is in flight: without hurry at SIGTERM, within seconds at SIGINT. Kills it when that takes too long. */
  async stop(signal: 'SIGTERM' | 'SIGINT'): Promise<void> {
    this.child.kill(signal);
    const axe = setTimeout(() => this.child.kill('SIGKILL'), STOP_WITHIN_MS);
    await this.ended;
    clearTimeout(axe);
  }

  private answer(message: Exclude<FromWorker, { kind: 'ready' }>): void {
    if (message.kind === 'snapshots') {
      this.snapshots = message.snapshots;
      for (const settle of this.waiting.splice(0)) settle();
      return;
    }
    const { question } = message;
    void this.page().then((text) => this.send({ kind: 'page', question, text }));
  }

  private send(message: ToWorker): void {
    if (this.child.connected) this.child.send(message, () => undefined);
  }
}
