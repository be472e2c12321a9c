import { randomBytes } from '@cryptoutil/crypto';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/caller.js';
import { Barrier } from '../barrier/barrier.js';
import { BarrierStore } from '../barrier/barrier.store.js';
import { KEY_BYTES, type ShareSet, combineRootKey, splitRootKey } from '../barrier/share-set.js';
import { formatShare } from '../barrier/share-text.js';
import { KmsError } from '../errors/kms-error.js';
import { ShareGate } from '../unseal/share-gate.js';
import { type RekeyProgress, RekeyRound } from './rekey-round.js';
import { ReplaceShares } from './replace-shares.js';
import { RotateIntermediateKey } from './rotate-intermediate-key.js';

/** What became of a share: where the round stands, undefined when it is done, and the new shares when they were made just now. */
export interface RekeyStep {
  progress: RekeyProgress | undefined;
  newShares?: string[];
}

/** Who gives which share in which round. */
export interface GivenShare {
  by: Actor;
  peer: string;
  text: string;
  nonce: string;
}

/**
 * Turning what only a quorum of share holders may turn: the shares (with them the root key), and the intermediate key. A round is kept in the
 * memory of one replica and nowhere else; it ends when it is done, cancelled, expired, or the replica is sealed, and leaves nothing behind.
 */
@Injectable()
export class Rekey {
  readonly #round = new RekeyRound();
  #queue: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly barrier: Barrier,
    private readonly store: BarrierStore,
    private readonly gate: ShareGate,
    private readonly replace: ReplaceShares,
    private readonly rotate: RotateIntermediateKey,
  ) {
    barrier.onLock(() => this.#round.end());
  }

  /** Undefined while no round is open on this replica. */
  get progress(): RekeyProgress | undefined {
    return this.#round.progress;
  }

  /** Counts that are not given are those of the set in use. Errors: `sealed`, `rekey_in_progress`, `invalid_request`. */
  begin(
    turn: { turns: 'shares'; shares?: number; threshold?: number } | { turns: 'intermediate' },
  ): Promise<RekeyStep> {
    return this.#oneAtATime(async () => {
      this.barrier.requireUnlocked();
      if (this.#round.progress) throw new KmsError('rekey_in_progress');
      const set = await this.store.currentShareSet();
      if (!set) throw new KmsError('uninitialized');
      const { shares, threshold } = { ...set, ...turn };
      if (threshold > shares)
        throw new KmsError('invalid_request', {
          field: 'threshold',
          detail: `threshold (${threshold}) must not exceed shares (${shares}).`,
        });
      this.#round.begin(turn.turns === 'shares' ? { turns: 'shares', shares, threshold } : turn, set);
      return { progress: this.#round.progress };
    });
  }

  /**
   * A share of the set in use. The last one of the quorum makes the new shares, which are not in use yet, or turns the intermediate key. A
   * refused share leaves the round as it was. Errors: `rekey_not_started`, `round_changed`, `share_invalid`, `too_many_attempts`, `sealed`.
   */
  authorize(given: GivenShare): Promise<RekeyStep> {
    return this.#give('authorize', given, async ({ set, turn }) => {
      const root = await combineRootKey(set, this.#round.wanted.shares);
      if (!root) throw new KmsError('integrity', { table: 'share_sets', column: 'root_check' });
      try {
        if (turn.turns === 'shares') return { newShares: await this.#newShares(set, turn) };
        await this.rotate.execute(given.by, set, root);
        this.#round.end();
        return {};
      } finally {
        root.fill(0);
      }
    });
  }

  /** A share of the new set. When each of them was given, the new set is in use and the old one is stale. Errors: as `authorize`. */
  verify(given: GivenShare): Promise<RekeyStep> {
    return this.#give('verify', given, async () => {
      await this.replace.execute(given.by, this.#round.prepared!, this.#round.wanted.shares);
      this.#round.end();
      return {};
    });
  }

  /** Errors: `rekey_not_started`, `round_changed`. */
  cancel(nonce: string | undefined): Promise<void> {
    return this.#oneAtATime(() => {
      this.#require(undefined, nonce);
      this.#round.end();
      return Promise.resolve();
    });
  }

  #give(
    phase: RekeyProgress['phase'],
    { peer, text, nonce }: GivenShare,
    complete: (progress: RekeyProgress) => Promise<{ newShares?: string[] }>,
  ): Promise<RekeyStep> {
    return this.#oneAtATime(async () => {
      this.barrier.requireUnlocked();
      this.gate.requireAllowed(peer);
      const progress = this.#require(phase, nonce);
      const round = this.#round.wanted;
      const share = await this.gate.admit(peer, async (check) => {
        const genuine = await check.read(text, progress.set);
        round.add(genuine);
        return genuine;
      });
      if (round.shares.length < progress.required) return { progress: this.#round.progress };
      try {
        const made = await complete(progress);
        return { progress: this.#round.progress, ...made };
      } catch (error) {
        // The round is kept: the same share can be given again when the database is back.
        round.remove(share.index);
        if (error instanceof KmsError && error.code === 'round_changed') this.#round.end();
        throw error;
      }
    });
  }

  async #newShares(old: ShareSet, { shares, threshold }: { shares: number; threshold: number }): Promise<string[]> {
    const root = randomBytes(KEY_BYTES);
    try {
      const rootEpoch = old.rootEpoch + 1;
      const { set, parts } = await splitRootKey(root, { shares, threshold, rootEpoch });
      const texts = parts.map(formatShare);
      parts.forEach((part) => part.data.fill(0));
      this.#round.verify({ before: old.set, set, intermediate: this.barrier.wrapIntermediate(root, rootEpoch) });
      return texts;
    } finally {
      root.fill(0);
    }
  }

  #require(phase: RekeyProgress['phase'] | undefined, nonce: string | undefined): RekeyProgress {
    const progress = this.#round.progress;
    if (!progress) throw new KmsError('rekey_not_started');
    if (nonce !== undefined && nonce !== progress.nonce) throw new KmsError('round_changed');
    if (phase !== undefined && phase !== progress.phase)
      throw new KmsError('round_changed', { detail: `The round wants shares to ${progress.phase} now.` });
    return progress;
  }

  #oneAtATime<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#queue.then(work);
    this.#queue = turn.catch(() => undefined);
    return turn;
  }
}
