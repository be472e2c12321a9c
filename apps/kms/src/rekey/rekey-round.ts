import { randomToken } from '@cryptoutil/crypto';
import type { ShareSet } from '../barrier/share-set.js';
import { UnsealRound } from '../unseal/unseal-round.js';
import type { PreparedShares } from './replace-shares.js';

/** What a quorum is asked for: new shares, or a new intermediate key. */
export type Turn = { turns: 'shares'; shares: number; threshold: number } | { turns: 'intermediate' };

/** How long new shares may take to be entered again, in milliseconds: they have to reach their holders first. */
export const VERIFY_TTL_MS = 60 * 60_000;

/** Where a round stands. Shares of `set` are wanted, `required` of them. */
export interface RekeyProgress {
  turn: Turn;
  phase: 'authorize' | 'verify';
  set: ShareSet;
  required: number;
  nonce: string;
  received: number[];
  expiresAt: Date;
}

/** The one round that is open on this replica: first shares of the old set, then those of the new one. In memory only. */
export class RekeyRound {
  readonly #old: UnsealRound;
  readonly #new: UnsealRound;
  #open: { turn: Turn; set: ShareSet; prepared?: PreparedShares } | undefined;

  constructor(now: () => number = () => Date.now()) {
    const nonce = () => randomToken(16);
    this.#old = new UnsealRound(now, nonce);
    this.#new = new UnsealRound(now, nonce, VERIFY_TTL_MS);
  }

  get progress(): RekeyProgress | undefined {
    if (!this.#open) return undefined;
    const { turn, set, prepared } = this.#open;
    const progress = this.#wanted.progress;
    if (!progress) {
      this.end();
      return undefined;
    }
    return prepared
      ? { turn, phase: 'verify', set: prepared.set, required: prepared.set.shares, ...progress }
      : { turn, phase: 'authorize', set, required: set.threshold, ...progress };
  }

  /** Shares that were given in the present phase, and the round that holds them. */
  get wanted(): UnsealRound {
    return this.#wanted;
  }

  get prepared(): PreparedShares | undefined {
    return this.#open?.prepared;
  }

  begin(turn: Turn, set: ShareSet): void {
    this.end();
    this.#open = { turn, set };
    this.#old.begin();
  }

  /** The quorum has spoken: from now on the new shares are wanted. */
  verify(prepared: PreparedShares): void {
    this.#old.end();
    if (this.#open) this.#open.prepared = prepared;
    this.#new.begin();
  }

  /** Ends the round and zeroes what was given. */
  end(): void {
    this.#old.end();
    this.#new.end();
    this.#open = undefined;
  }

  get #wanted(): UnsealRound {
    return this.#open?.prepared ? this.#new : this.#old;
  }
}
