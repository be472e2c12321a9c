import { randomToken } from '@cryptoutil/crypto';
import { Injectable } from '@nestjs/common';
import { KmsError } from '../errors/kms-error.js';
import { Barrier } from '../barrier/barrier.js';
import { unwrapBarrierKeys } from '../barrier/barrier-keys.js';
import { BarrierStore } from '../barrier/barrier.store.js';
import { type ShareSet, combineRootKey } from '../barrier/share-set.js';
import type { Share } from '../barrier/share-text.js';
import { ShareGate } from './share-gate.js';
import { type RoundProgress, UnsealRound } from './unseal-round.js';
import { UnsealTask } from './unseal-task.js';

/** Where unsealing stands on this replica. */
export interface SealStatus {
  initialized: boolean;
  sealed: boolean;
  shareSet?: string;
  shares?: number;
  threshold?: number;
  round?: RoundProgress;
}

/** Takes shares one by one, and opens the barrier with the last one needed. The round lives in this replica's memory. */
@Injectable()
export class UnsealBarrier {
  readonly #round = new UnsealRound(
    () => Date.now(),
    () => randomToken(16),
  );
  #queue: Promise<unknown> = Promise.resolve();
  #ready = false;

  constructor(
    private readonly barrier: Barrier,
    private readonly store: BarrierStore,
    private readonly task: UnsealTask,
    private readonly gate: ShareGate,
  ) {}

  /** True only when the barrier is open and everything after it was done. */
  get ready(): boolean {
    return this.#ready && !this.barrier.locked;
  }

  async status(): Promise<SealStatus> {
    const set = await this.store.currentShareSet();
    if (!set) return { initialized: false, sealed: true };
    const round = this.#round.progress;
    return {
      initialized: true,
      sealed: !this.ready,
      shareSet: set.set,
      shares: set.shares,
      threshold: set.threshold,
      ...(round ? { round } : {}),
    };
  }

  /**
   * Takes one share; `peer` is whom its refusals are counted for, undefined for shares of this process's own. A refused share leaves the
   * round as it was. Once unsealed, further shares change nothing. Errors: `uninitialized`, `share_invalid`, `round_changed`,
   * `too_many_attempts`, `integrity`.
   */
  giveShare(text: string, peer: string | undefined, nonce?: string): Promise<SealStatus> {
    return this.#oneAtATime(async () => {
      this.gate.requireAllowed(peer);
      if (this.ready) return this.status();
      const set = await this.#requireSet();
      this.#round.requireNonce(nonce);
      const share = await this.gate.admit(peer, async (check) => {
        const genuine = await check.read(text, set);
        this.#round.add(genuine);
        return genuine;
      });
      await this.#accept(set, share);
      return this.status();
    });
  }

  /** Drops the keys and the open round of this replica. */
  seal(): Promise<void> {
    return this.#oneAtATime(() => {
      this.#ready = false;
      this.#round.end();
      this.barrier.lock();
      return Promise.resolve();
    });
  }

  async #requireSet(): Promise<ShareSet> {
    const set = await this.store.currentShareSet();
    if (!set) throw new KmsError('uninitialized');
    return set;
  }

  async #accept(set: ShareSet, share: Share): Promise<void> {
    if (this.#round.shares.length < set.threshold) return;
    try {
      await this.#open(set);
    } catch (error) {
      // The round is kept: the same share can be given again when the database is back.
      this.#ready = false;
      this.barrier.lock();
      this.#round.remove(share.index);
      throw error;
    }
    this.#round.end();
  }

  async #open(set: ShareSet): Promise<void> {
    const wrapped = await this.store.wrappedKeys();
    const root = await combineRootKey(set, this.#round.shares);
    if (!root) throw new KmsError('integrity', { table: 'share_sets', column: 'root_check' });
    try {
      this.barrier.unlock(unwrapBarrierKeys(root, set.rootEpoch, wrapped));
    } finally {
      root.fill(0);
    }
    await this.task.run();
    this.#ready = true;
  }

  /** Shares that come at once are taken one after the other, so that the threshold is reached exactly once. */
  #oneAtATime<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }
}
