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

  /** Takes `cost` at `now` (milliseconds of a clock that only goes forward); false, and nothing taken, when there are not as many. */
  take(now: number, cost = 1): boolean {
    this.fill(now);
    if (this.tokens < cost) return false;
    this.tokens -= cost;
    return true;
  }

  /** Puts one back that was taken. */
  giveBack(): void {
    this.tokens = Math.min(this.rate.burst, this.tokens + 1);
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
    return this.secondsUntil(1);
  }

  /** Seconds until a request that costs as much may come, as of the last `take`; at least 1 when none may come now. */
  secondsUntil(cost: number): number {
    return this.tokens >= cost ? 0 : Math.max(1, Math.ceil((cost - this.tokens) / this.rate.perSecond));
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
