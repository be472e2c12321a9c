import { BucketTable, TokenBucket, type Rate } from '@cryptoutil/http';
import type { Answer } from '../server/answer.js';
import { refusal } from '../server/answer.js';

/** How many clients and addresses are remembered: about 20 MB. */
const CAPACITY = 100_000;

/** Limits of this process: for everybody together, and for each client, by its id when it has shown who it is, else by its address. */
export class RateLimits {
  private readonly everybody: TokenBucket;
  private readonly clients: BucketTable;

  constructor(
    all: Rate,
    private readonly each: Rate,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.everybody = new TokenBucket(all, now());
    this.clients = new BucketTable(each, CAPACITY);
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
    const now = this.now();
    const bucket = this.clients.of(key, now);
    const allowed = bucket.take(now);
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
}
