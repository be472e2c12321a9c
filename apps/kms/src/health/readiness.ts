import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { BarrierStore } from '../barrier/barrier.store.js';
import { UnsealBarrier } from '../unseal/unseal-barrier.js';

/** Whether the kms can serve, and if not, why. */
export type ReadyStatus = 'ready' | 'sealed' | 'uninitialized' | 'database';

/** Longest wait for the database before its last answer is used, in milliseconds. */
const PATIENCE_MS = 80;
/** How long an answer of the database counts while it is only slow, in milliseconds. */
const REMEMBERED_MS = 5000;
/** How often the database is asked when nobody else asks, in milliseconds. */
const ASK_EVERY_MS = 2000;

/**
 * Tells the truth about readiness in less than 100 ms, also while the database hangs: a database that refuses is told at once, one that
 * does not answer when its last good answer is five seconds old.
 */
@Injectable()
export class Readiness implements OnApplicationBootstrap, OnApplicationShutdown {
  #last: { initialized: boolean; atMs: number } | undefined;
  #asking: Promise<boolean | undefined> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly store: BarrierStore,
    private readonly unseal: UnsealBarrier,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.#timer = setInterval(() => void this.#ask(), ASK_EVERY_MS).unref();
    await this.#initialized();
  }

  onApplicationShutdown(): void {
    clearInterval(this.#timer);
  }

  async status(): Promise<ReadyStatus> {
    const initialized = await this.#initialized();
    if (initialized === undefined) return 'database';
    if (!initialized) return 'uninitialized';
    return this.unseal.ready ? 'ready' : 'sealed';
  }

  /** Undefined when the database does not answer. */
  async #initialized(): Promise<boolean | undefined> {
    const late = Promise.withResolvers<'late'>();
    const timer = setTimeout(() => late.resolve('late'), PATIENCE_MS);
    const first = await Promise.race([this.#ask(), late.promise]);
    clearTimeout(timer);
    if (first !== 'late') return first;
    const last = this.#last;
    return last && performance.now() - last.atMs < REMEMBERED_MS ? last.initialized : undefined;
  }

  /** One question at a time is under way, however many ask. */
  #ask(): Promise<boolean | undefined> {
    this.#asking ??= this.#question().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  async #question(): Promise<boolean | undefined> {
    try {
      const initialized = await this.store.initialized();
      this.#last = { initialized, atMs: performance.now() };
      return initialized;
    } catch {
      this.#last = undefined;
      return undefined;
    }
  }
}
