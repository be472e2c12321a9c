import { Injectable } from '@nestjs/common';
import { ShareCheck } from '../barrier/share-check.js';
import { KmsError } from '../errors/kms-error.js';
import { UnsealAttempts } from './unseal-attempts.js';

/** The one way in for shares that people give: whoever gives refused ones has to wait, whatever the shares were meant for. */
@Injectable()
export class ShareGate {
  readonly #attempts = new UnsealAttempts(() => Date.now());

  constructor(private readonly check: ShareCheck) {}

  /** Errors: `too_many_attempts`. */
  requireAllowed(peer: string | undefined): void {
    if (peer !== undefined) this.#attempts.requireAllowed(peer);
  }

  /** Runs `take` and counts its refusal of a share for `peer`; undefined: a share of this process's own. */
  async admit<T>(peer: string | undefined, take: (check: ShareCheck) => Promise<T>): Promise<T> {
    try {
      return await take(this.check);
    } catch (error) {
      if (peer !== undefined && isGuess(error)) this.#attempts.refused(peer);
      throw error;
    }
  }
}

/** Giving a genuine share twice is no attempt to guess one. */
const isGuess = (error: unknown): boolean =>
  error instanceof KmsError && error.code === 'share_invalid' && error.fields['reason'] !== 'duplicate';
