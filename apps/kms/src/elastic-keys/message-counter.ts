import { Injectable } from '@nestjs/common';
import { Barrier } from '../barrier/barrier.js';
import { KmsError } from '../errors/kms-error.js';
import { MessageCounterStore } from './message-counter.store.js';

/** Messages taken from the stored counter at a time; what is left of them is lost at a restart, which only counts too much. */
export const RESERVED_AT_ONCE = 256;

/** Counts messages per version across replicas and restarts: each replica works off reservations made in the database. */
@Injectable()
export class MessageCounter {
  readonly #left = new Map<string, number>();
  readonly #reserving = new Map<string, Promise<number>>();

  constructor(
    private readonly store: MessageCounterStore,
    barrier: Barrier,
  ) {
    barrier.onLock(() => this.#left.clear());
  }

  /** Takes one of the `limit` messages of version `kid`. Errors: `message_limit`. */
  async take(kid: string, limit: number): Promise<void> {
    while (!this.#takeReserved(kid)) {
      if ((await this.#reserve(kid, limit)) === 0) throw new KmsError('message_limit');
    }
  }

  #takeReserved(kid: string): boolean {
    const left = this.#left.get(kid) ?? 0;
    if (left > 0) this.#left.set(kid, left - 1);
    return left > 0;
  }

  /** One reservation at a time: those who wait for it share it, and only they may conclude that nothing is left. */
  #reserve(kid: string, limit: number): Promise<number> {
    const reserving =
      this.#reserving.get(kid) ??
      this.store
        .reserve(kid, RESERVED_AT_ONCE, limit)
        .then((reserved) => {
          this.#left.set(kid, (this.#left.get(kid) ?? 0) + reserved);
          return reserved;
        })
        .finally(() => this.#reserving.delete(kid));
    this.#reserving.set(kid, reserving);
    return reserving;
  }
}
