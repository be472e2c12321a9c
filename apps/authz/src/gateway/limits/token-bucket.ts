/** How many requests may come at once (`burst`), and how many a second are added again (`perSecond`). */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** A count of requests that may come now. Starts full. */
export class TokenBucket {
  private tokens: number;

  constructor(
    private readonly rate: Rate,
    private filledAt: number,
  ) {
    this.tokens = rate.burst;
  }

  /** Takes one at `now` (milliseconds of a clock that only goes forward); false when there is none. */
  take(now: number): boolean {
    this.fill(now);
    if (this.tokens < 1) return false;
    this.tokens -= 1;
    return true;
  }

  isFull(now: number): boolean {
    this.fill(now);
    return this.tokens >= this.rate.burst;
  }

  /** Whole requests that may come now, as of the last `take`. */
  get remaining(): number {
    return Math.floor(this.tokens);
  }

  /** Seconds until the next request may come, as of the last `take`; at least 1 when none may come now. */
  get retryAfterSeconds(): number {
    return this.tokens >= 1 ? 0 : Math.max(1, Math.ceil((1 - this.tokens) / this.rate.perSecond));
  }

  /** Seconds until the bucket is full again. */
  get resetSeconds(): number {
    return Math.ceil((this.rate.burst - this.tokens) / this.rate.perSecond);
  }

  private fill(now: number): void {
    this.tokens = Math.min(this.rate.burst, this.tokens + ((now - this.filledAt) / 1_000) * this.rate.perSecond);
    this.filledAt = now;
  }
}
