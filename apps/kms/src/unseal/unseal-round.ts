import { KmsError } from '../errors/kms-error.js';
import { type Share, refuseShare } from '../barrier/share-text.js';

/** How far the present round is. */
export interface RoundProgress {
  nonce: string;
  received: number[];
  expiresAt: Date;
}

/** Life of a round from its first share on, in milliseconds. */
export const ROUND_TTL_MS = 15 * 60_000;

/**
 * The genuine shares given so far. A round begins with its first share, has a nonce, and is forgotten when it expires; shares
 * are zeroed when it ends. Only shares that passed their commitment get here.
 */
export class UnsealRound {
  #open: { nonce: string; expiresAtMs: number; begun: boolean; shares: Map<number, Share> } | undefined;

  constructor(
    private readonly now: () => number,
    private readonly newNonce: () => string,
    private readonly ttlMs: number = ROUND_TTL_MS,
  ) {}

  /** Opens the round before its first share; then it is over only when it ends or expires. */
  begin(): void {
    this.end();
    this.#open = this.#fresh(true);
  }

  get progress(): RoundProgress | undefined {
    const round = this.#current();
    return (
      round && {
        nonce: round.nonce,
        received: [...round.shares.keys()].sort((a, b) => a - b),
        expiresAt: new Date(round.expiresAtMs),
      }
    );
  }

  /** Shares of the present round. */
  get shares(): Share[] {
    return [...(this.#current()?.shares.values() ?? [])];
  }

  /** Refuses to go on in a round that is over: `round_changed`. */
  requireNonce(nonce: string | undefined): void {
    if (nonce !== undefined && this.#current()?.nonce !== nonce) throw new KmsError('round_changed');
  }

  /** Adds a genuine share; the same index twice is refused. */
  add(share: Share): void {
    this.#dropForeign(share.set);
    const round = (this.#open ??= this.#fresh(false));
    if (round.shares.has(share.index)) throw refuseShare('duplicate', share.index);
    round.shares.set(share.index, share);
  }

  /** Takes a share back out, so that it can be given again. */
  remove(index: number): void {
    const round = this.#open;
    round?.shares.get(index)?.data.fill(0);
    round?.shares.delete(index);
    if (round?.shares.size === 0 && !round.begun) this.#open = undefined;
  }

  /** Ends the round and zeroes its shares. */
  end(): void {
    this.#open?.shares.forEach((share) => share.data.fill(0));
    this.#open = undefined;
  }

  /** Shares of a set that was replaced while the round was open count no longer. */
  #dropForeign(set: string): void {
    if (this.#current() && this.shares.some((share) => share.set !== set)) this.end();
  }

  #fresh(begun: boolean) {
    return { nonce: this.newNonce(), expiresAtMs: this.now() + this.ttlMs, begun, shares: new Map<number, Share>() };
  }

  #current() {
    if (this.#open && this.now() >= this.#open.expiresAtMs) this.end();
    return this.#open;
  }
}
