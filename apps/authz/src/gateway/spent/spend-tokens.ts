import type { SpentToken, SpentTokenStore } from './spent-token.store.js';

/** Should be answered with 503: more is waiting to be written than the database takes. */
export class SpendingOverloaded extends Error {
  override readonly name = 'SpendingOverloaded';
}

interface Waiting {
  readonly token: SpentToken;
  readonly settle: (isNew: boolean) => void;
  readonly fail: (error: unknown) => void;
}

const BATCH = 500;
const WAITING_LIMIT = 10_000;

/**
 * Records that tokens are spent, many in one statement: what arrives while a write is under way goes out together with the next one.
 * There is one at a time: commits that notify wait for each other anyway, and fewer of them hold more. An answer is given only after the commit that made it durable.
 */
export class SpendTokens {
  private waiting: Waiting[] = [];
  private isDue = false;
  private isWriting = false;

  constructor(private readonly store: Pick<SpentTokenStore, 'record'>) {}

  /** True for exactly one caller of a token, of all replicas. Rejects when nothing is known to be written. */
  spend(token: SpentToken): Promise<boolean> {
    if (this.waiting.length >= WAITING_LIMIT) return Promise.reject(new SpendingOverloaded('too many writes wait'));
    return new Promise((settle, fail) => {
      this.waiting.push({ token, settle, fail });
      this.writeSoon();
    });
  }

  /** At the end of this turn of the event loop, so that requests that arrived together are written together. */
  private writeSoon(): void {
    if (this.isDue || this.isWriting) return;
    this.isDue = true;
    setImmediate(() => {
      this.isDue = false;
      this.write();
    });
  }

  private write(): void {
    if (this.isWriting || this.waiting.length === 0) return;
    const batch = this.waiting.splice(0, BATCH);
    this.isWriting = true;
    void this.record(batch).finally(() => {
      this.isWriting = false;
      this.write();
    });
  }

  private async record(batch: readonly Waiting[]): Promise<void> {
    // One order for everybody: two statements that insert the same ids then cannot wait for each other in a circle.
    const byId = new Map(batch.map(({ token }) => [token.tokenId, token]));
    const tokens = [...byId.values()].sort((one, other) => (one.tokenId < other.tokenId ? -1 : 1));
    try {
      const isNew = await this.store.record(tokens);
      // The first of several who present the same token has it; `delete` says no to the others.
      for (const { token, settle } of batch) settle(isNew.delete(token.tokenId));
    } catch (error) {
      for (const { fail } of batch) fail(error);
    }
  }
}
