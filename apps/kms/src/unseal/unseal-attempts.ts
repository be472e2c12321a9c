import { KmsError } from '../errors/kms-error.js';

/** Refused shares a peer may give within the window before it has to wait. */
export const ATTEMPTS = 10;
/** The window in milliseconds. */
export const ATTEMPT_WINDOW_MS = 15 * 60_000;
const REMEMBERED_PEERS = 10_000;

/** Counts refused shares per peer (certificate identity, else address). Genuine shares cost nothing. */
export class UnsealAttempts {
  readonly #refused = new Map<string, { count: number; endsAtMs: number }>();

  constructor(private readonly now: () => number) {}

  /** Errors: `too_many_attempts`. */
  requireAllowed(peer: string): void {
    const seen = this.#window(peer);
    if (seen && seen.count >= ATTEMPTS) {
      const retryAfterSeconds = Math.ceil((seen.endsAtMs - this.now()) / 1000);
      throw new KmsError('too_many_attempts', {}, { retryAfterSeconds });
    }
  }

  refused(peer: string): void {
    const seen = this.#window(peer) ?? { count: 0, endsAtMs: this.now() + ATTEMPT_WINDOW_MS };
    seen.count += 1;
    this.#refused.delete(peer);
    this.#refused.set(peer, seen);
    const oldest = this.#refused.size > REMEMBERED_PEERS ? this.#refused.keys().next().value : undefined;
    if (oldest !== undefined) this.#refused.delete(oldest);
  }

  #window(peer: string) {
    const seen = this.#refused.get(peer);
    if (seen && this.now() >= seen.endsAtMs) {
      this.#refused.delete(peer);
      return undefined;
    }
    return seen;
  }
}
