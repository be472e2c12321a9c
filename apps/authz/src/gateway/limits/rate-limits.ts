import type { Answer } from '../server/answer.js';
import { refusal } from '../server/answer.js';
import { TokenBucket, type Rate } from './token-bucket.js';

const SWEEP_AT = 10_000;

/** Limits of this process: for everybody together, and for each client, by its id when it has shown who it is, else by its address. */
export class RateLimits {
  private readonly everybody: TokenBucket;
  private readonly clients = new Map<string, TokenBucket>();
  private sweepAt = SWEEP_AT;

  constructor(
    all: Rate,
    private readonly each: Rate,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.everybody = new TokenBucket(all, now());
  }

  /** The refusal of a request that everybody's limit does not let through. */
  refuseAny(): Answer | undefined {
    if (this.everybody.take(this.now())) return undefined;
    return refusal(429, 'rate_limit_exceeded', 'Too many requests. Please try again later.', undefined, [
      'Retry-After',
      String(this.everybody.retryAfterSeconds),
    ]);
  }

  /** Lets a request of a client through, with the RateLimit headers on its answer, or refuses it; then `answer` is not called. */
  limit(key: string, answer: () => Answer): Answer;
  limit(key: string, answer: () => Answer | Promise<Answer>): Answer | Promise<Answer>;
  limit(key: string, answer: () => Answer | Promise<Answer>): Answer | Promise<Answer> {
    const bucket = this.bucketOf(key);
    const allowed = bucket.take(this.now());
    const headers = [
      ...['RateLimit-Limit', String(this.each.burst)],
      ...['RateLimit-Remaining', String(bucket.remaining)],
      ...['RateLimit-Reset', String(bucket.resetSeconds)],
    ];
    if (!allowed) {
      const text = 'Too many requests from this client. Please try again later.';
      const retry = ['Retry-After', String(bucket.retryAfterSeconds)];
      return refusal(429, 'rate_limit_exceeded', text, undefined, [...retry, ...headers]);
    }
    const given = answer();
    const withHeaders = (found: Answer): Answer => ({ ...found, headers: [...(found.headers ?? []), ...headers] });
    return given instanceof Promise ? given.then(withHeaders) : withHeaders(given);
  }

  private bucketOf(key: string): TokenBucket {
    const known = this.clients.get(key);
    if (known) return known;
    if (this.clients.size >= this.sweepAt) this.forgetFull();
    const bucket = new TokenBucket(this.each, this.now());
    this.clients.set(key, bucket);
    return bucket;
  }

  /** A full bucket is as good as a new one. */
  private forgetFull(): void {
    const now = this.now();
    for (const [key, bucket] of this.clients) if (bucket.isFull(now)) this.clients.delete(key);
    this.sweepAt = Math.max(SWEEP_AT, this.clients.size * 2);
  }
}
