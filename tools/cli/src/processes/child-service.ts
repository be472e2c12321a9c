import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { ServiceName } from '../services/services.js';
import { services } from '../services/services.js';
import { openLog } from './log-file.js';
import { waitUntil } from './wait-until.js';

/** How a service ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface ChildServiceOptions {
  readonly name: ServiceName;
  readonly environment: NodeJS.ProcessEnv;
  readonly logFile: string;
}

/** Longer than a service takes to finish what is in flight. */
const STOP_WITHIN_MS = 15_000;

/**
 * glibc learns from the first freed block of 19 MiB (a password hash) to keep such blocks, one in each thread's arena: after a few
 * sign-ins idp holds 100 MB more. A fixed threshold gives them back at once.
 */
const MEMORY = { MALLOC_MMAP_THRESHOLD_: String(1024 * 1024) };

/** The program that runs a service; the same path from the sources and from the build. */
export const program = fileURLToPath(new URL('../../bin/cryptoutil.mjs', import.meta.url));

/** A service as a process of its own, which ends when the process that started it goes away. */
export class ChildService {
  readonly ended: Promise<Ending>;
  private ending: Ending | undefined;

  private constructor(
    readonly options: ChildServiceOptions,
    private readonly child: ChildProcess,
  ) {
    this.ended = new Promise((settle) => {
      child.once('exit', (code, signal) => {
        this.ending = { code, signal };
        settle(this.ending);
      });
    });
  }

  /** Starts the process; it is not ready yet. */
  static async start(options: ChildServiceOptions): Promise<ChildService> {
    using log = openLog(options.logFile);
    const child = spawn(process.execPath, [program, ...services[options.name].command, '--exit-with-parent'], {
      env: { ...MEMORY, ...options.environment },
      // The pipe is never written to: its end tells the child that this process is gone, even after kill -9.
      stdio: ['pipe', log.descriptor, log.descriptor],
      // Ctrl-C on a terminal goes to the whole process group; the order of stopping is ours to keep.
      detached: true,
    });
    child.stdin?.on('error', () => undefined);
    await new Promise((settle, fail) => child.once('spawn', settle).once('error', fail));
    return new ChildService(options, child);
  }

  get pid(): number {
    return this.child.pid!;
  }

  get hasEnded(): boolean {
    return this.ending !== undefined;
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Lets the service finish what is in flight, and ends it when that takes too long. Not SIGTERM: nobody takes over here. */
  async stop(): Promise<void> {
    for (const signal of ['SIGINT', 'SIGKILL'] as const) {
      if (this.hasEnded) return;
      this.child.kill(signal);
      if (await waitUntil(() => this.hasEnded, { timeoutMs: STOP_WITHIN_MS, intervalMs: 10 })) return;
    }
  }
}
