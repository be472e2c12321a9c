import { Injectable } from '@nestjs/common';
import { BarrierStore } from '../barrier/barrier.store.js';
import { UnsealBarrier } from '../unseal/unseal-barrier.js';

/** Whether the kms can serve, and if not, why. */
export type ReadyStatus = 'ready' | 'sealed' | 'uninitialized' | 'database';

/** Longest wait for the database before an older answer of it is used, in milliseconds. */
const PATIENCE_MS = 80;
/** How long an answer of the database counts when it does not answer now, in milliseconds. */
const REMEMBERED_MS = 2000;

/** Tells the truth about readiness in less than 100 ms, also while the database hangs. */
@Injectable()
export class Readiness {
  #last: { initialized: boolean; atMs: number } | undefined;
  #asking: Promise<boolean> | undefined;

  constructor(
    private readonly store: BarrierStore,
    private readonly unseal: UnsealBarrier,
  ) {}

  async status(): Promise<ReadyStatus> {
    const initialized = await this.#initialized();
    if (initialized === undefined) return 'database';
    if (!initialized) return 'uninitialized';
    return this.unseal.ready ? 'ready' : 'sealed';
  }

  /** Undefined when the database does not answer. One question at a time is under way, however many ask. */
  async #initialized(): Promise<boolean | undefined> {
    this.#asking ??= this.store.initialized().finally(() => (this.#asking = undefined));
    const answer = this.#asking.then(
      (initialized) => {
        this.#last = { initialized, atMs: performance.now() };
        return initialized;
      },
      () => {
        this.#last = undefined;
        return undefined;
      },
    );
    const timer = Promise.withResolvers<'late'>();
    const timeout = setTimeout(() => timer.resolve('late'), PATIENCE_MS);
    const first = await Promise.race([answer, timer.promise]);
    clearTimeout(timeout);
    if (first !== 'late') return first;
    const last = this.#last;
    return last && performance.now() - last.atMs < REMEMBERED_MS ? last.initialized : undefined;
  }
}
