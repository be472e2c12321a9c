import { BucketTable, type Rate } from '@cryptoutil/http';

/** What is left after a request was counted. */
export interface Allowance {
  readonly allowed: boolean;
  /** Whole requests that may come now. */
  readonly remaining: number;
  /** Until the next request may come; 0 when it may come now. */
  readonly retryAfterSeconds: number;
  /** Until as many may come at once as the rate allows. */
  readonly resetSeconds: number;
}

/** What a bucket says that holds `tokens` after a request. */
export function allowanceOf(allowed: boolean, tokens: number, { perSecond, burst }: Rate): Allowance {
  return {
    allowed,
    remaining: Math.floor(tokens),
    retryAfterSeconds: tokens >= 1 ? 0 : Math.max(1, Math.ceil((1 - tokens) / perSecond)),
    resetSeconds: Math.ceil((burst - tokens) / perSecond),
  };
}

/** Counts requests by key. */
export abstract class RequestCounts {
  /** Must not throw or reject. */
  abstract take(key: string, rate: Rate): Allowance | Promise<Allowance>;

  /** Connects to where the counts are kept; does not wait for it. */
  open(): void {
    // Memory needs nothing.
  }

  close(): void {
    // Memory needs nothing.
  }
}

/** How many keys are remembered of each rate: about 20 MB. */
const CAPACITY = 100_000;

/** The counts of this process alone. */
export class LocalCounts extends RequestCounts {
  private readonly tables = new Map<Rate, BucketTable>();

  /** `now`: milliseconds of a clock that only goes forward. */
  constructor(private readonly now: () => number = () => performance.now()) {
    super();
  }

  /** Each `rate` object has a table of its own, so that many keys of one cannot push out a key of another. */
  take(key: string, rate: Rate): Allowance {
    let table = this.tables.get(rate);
    if (!table) this.tables.set(rate, (table = new BucketTable(rate, CAPACITY)));
    const now = this.now();
    const bucket = table.of(key, now);
    const allowed = bucket.take(now);
    const { remaining, retryAfterSeconds, resetSeconds } = bucket;
    return { allowed, remaining, retryAfterSeconds, resetSeconds };
  }
}
