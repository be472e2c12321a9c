import type { ChangeFeed, FeedFollower } from '../feed/change-feed.js';
import type { SpentTokenStore } from './spent-token.store.js';

const PAGE = 20_000;
const FIRST_ID = '00000000000000000000000000000000';
/** About 100 bytes each. */
const REMEMBERED_AT_MOST = 1_000_000;

/** Which tokens are revoked, from memory while that is complete and fresh, else from the database. */
export class RevokedTokens implements FeedFollower {
  private readonly revoked = new Map<string, number>();
  private complete = false;
  private overflowed = false;

  constructor(
    private readonly store: Pick<SpentTokenStore, 'has' | 'revocations'>,
    private readonly feed: Pick<ChangeFeed, 'isLive'>,
    private readonly limit = REMEMBERED_AT_MOST,
    private readonly clock: () => number = Date.now,
  ) {}

  /** Rejects when the database would have to be asked and does not answer. */
  isRevoked(tokenId: string): boolean | Promise<boolean> {
    if (this.revoked.has(tokenId)) return true;
    return this.complete && this.feed.isLive ? false : this.store.has(tokenId);
  }

  /** Remembers a revocation that is durable. */
  remember(tokenId: string, expiresAt: number): void {
    if (this.revoked.size < this.limit) this.revoked.set(tokenId, expiresAt);
    else {
      this.overflowed = true;
      this.complete = false;
    }
  }

  notice(text: string): void {
    for (const entry of text.split(',')) {
      const [tokenId, expiry] = entry.split(':');
      if (tokenId && expiry) this.remember(tokenId, Number(expiry));
    }
  }

  async resync(since: number | undefined): Promise<void> {
    const from = this.complete ? (since ?? 0) : 0;
    this.complete = false;
    this.overflowed = false;
    if (from === 0) this.revoked.clear();
    this.forgetExpired();
    let last = FIRST_ID;
    for (let count = PAGE; count === PAGE;) {
      const page = await this.store.revocations(from, last, PAGE);
      if (this.revoked.size + page.length > this.limit) return;
      for (const { tokenId, expiresAt } of page) this.revoked.set(tokenId, expiresAt);
      last = page.at(-1)?.tokenId ?? last;
      count = page.length;
    }
    // What came in meanwhile may not have fitted.
    this.complete = !this.overflowed;
  }

  /** Drops what has expired: such tokens are refused for that alone. When memory was too small once, it may be enough again. */
  async sweep(): Promise<void> {
    this.forgetExpired();
    if (!this.complete && this.feed.isLive) await this.resync(undefined);
  }

  private forgetExpired(): void {
    const now = this.clock() / 1_000;
    for (const [tokenId, expiresAt] of this.revoked) if (expiresAt < now) this.revoked.delete(tokenId);
  }
}
