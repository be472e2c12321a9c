import { randomToken } from '@cryptoutil/crypto';
import { Injectable } from '@nestjs/common';
import { KmsError } from '../errors/kms-error.js';
import { Barrier } from '../barrier/barrier.js';
import { unwrapBarrierKeys } from '../barrier/barrier-keys.js';
import { BarrierStore } from '../barrier/barrier.store.js';
import { type ShareSet, combineRootKey } from '../barrier/share-set.js';
import type { Share } from '../barrier/share-text.js';
import { type Rollback, RollbackCheck } from '../rollback/rollback-check.js';
import { ShareGate } from './share-gate.js';
import { type RoundProgress, UnsealRound } from './unseal-round.js';
import { UnsealTask } from './unseal-task.js';

/** Why this replica sealed itself. */
export type SealReason = 'rollback' | 'intermediate_rotated';

/** Where unsealing stands on this replica. */
export interface SealStatus {
  initialized: boolean;
  sealed: boolean;
  shareSet?: string;
  shares?: number;
  threshold?: number;
  round?: RoundProgress;
  /** Why it sealed itself, while it is sealed. */
  sealReason?: SealReason;
  /** What somebody has to acknowledge before it can be unsealed. */
  rollback?: Rollback;
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
  #behind = false;
  #sealReason: SealReason | undefined;

  constructor(
    private readonly barrier: Barrier,
    private readonly store: BarrierStore,
    private readonly task: UnsealTask,
    private readonly gate: ShareGate,
    private readonly rollback: RollbackCheck,
  ) {}

  /** True only when the barrier is open and everything after it was done. */
  get ready(): boolean {
    return this.#ready && !this.barrier.locked;
  }

  async status(): Promise<SealStatus> {
    const set = await this.store.currentShareSet();
    if (!set) return { initialized: false, sealed: true };
    const round = this.#round.progress;
    const rollback = this.ready ? undefined : await this.rollback.look();
    return {
      initialized: true,
      sealed: !this.ready,
      shareSet: set.set,
      shares: set.shares,
      threshold: set.threshold,
      ...(round ? { round } : {}),
      ...(this.#sealReason ? { sealReason: this.#sealReason } : {}),
      ...(rollback ? { rollback } : {}),
    };
  }

  /**
   * Takes one share; `peer` is whom its refusals are counted for, undefined for shares of this process's own. A refused share leaves the
   * round as it was. Once unsealed, further shares change nothing. Errors: `uninitialized`, `share_invalid`, `round_changed`,
   * `too_many_attempts`, `rollback_detected`, `integrity`.
   */
  giveShare(text: string, peer: string | undefined, nonce?: string): Promise<SealStatus> {
    return this.#oneAtATime(async () => {
      this.gate.requireAllowed(peer);
      if (this.ready && !this.#behind) return this.status();
      const set = await this.#requireSet();
      this.#round.requireNonce(nonce);
      await this.rollback.requireNone();
      const share = await this.gate.admit(peer, async (check) => {
        const genuine = await check.read(text, set);
        this.#round.add(genuine);
        return genuine;
      });
      await this.#accept(set, share);
      return this.status();
    });
  }

  /** Whether this replica goes on with keys that were replaced, until shares give it the new ones. */
  get behind(): boolean {
    return this.#behind;
  }

  /** Takes shares although it is unsealed, because the keys were replaced on another replica. It serves meanwhile. */
  fallBehind(): Promise<void> {
    return this.#oneAtATime(() => {
      this.#behind = this.ready;
      return Promise.resolve();
    });
  }

  /** Drops the keys and the open round of this replica. */
  seal(reason?: SealReason): Promise<void> {
    return this.#oneAtATime(() => {
      this.#ready = this.#behind = false;
      this.#sealReason = reason;
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
      if (!this.#behind) {
        this.#ready = false;
        this.barrier.lock();
      }
      this.#round.remove(share.index);
      throw error;
    }
    this.#round.end();
  }

  async #open(set: ShareSet): Promise<void> {
    const { wrapped, turns } = await this.store.turnedKeys();
    const root = await combineRootKey(set, this.#round.shares);
    if (!root) throw new KmsError('integrity', { table: 'share_sets', column: 'root_check' });
    try {
      this.barrier.unlock(unwrapBarrierKeys(root, set.rootEpoch, wrapped, turns));
    } finally {
      root.fill(0);
    }
    await this.task.run();
    await this.rollback.remember();
    this.#ready = true;
    this.#behind = false;
    this.#sealReason = undefined;
  }

  /** Shares that come at once are taken one after the other, so that the threshold is reached exactly once. */
  #oneAtATime<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }
}
