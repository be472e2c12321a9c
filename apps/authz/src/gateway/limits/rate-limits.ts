import { refusal, type Answer } from '../server/answer.js';
import type { Allowance, RequestCounts } from './request-counts.js';
import type { Rate } from '@cryptoutil/http';

/** Client keys begin with another letter, so nobody can name themselves like this. */
const EVERYBODY = 'all';

/** Limits for everybody together, and for each client, by its id when it has shown who it is, else by its address. */
export class RateLimits {
  constructor(
    private readonly all: Rate,
    private readonly each: Rate,
    private readonly counts: RequestCounts,
  ) {}

  /** The refusal of a request that everybody's limit does not let through. */
  refuseAny(): Answer | undefined | Promise<Answer | undefined> {
    const left = this.counts.take(EVERYBODY, this.all);
    return left instanceof Promise ? left.then(refusedForAll) : refusedForAll(left);
  }

  /** Lets a request of a client through, with the RateLimit headers on its answer, or refuses it; then `answer` is not called. */
  limit(key: string, answer: () => Answer | Promise<Answer>): Answer | Promise<Answer> {
    const left = this.counts.take(`client:${key}`, this.each);
    return left instanceof Promise ? left.then((known) => this.decide(known, answer)) : this.decide(left, answer);
  }

  private decide(left: Allowance, answer: () => Answer | Promise<Answer>): Answer | Promise<Answer> {
    const headers = [
      ...['RateLimit-Limit', String(this.each.burst)],
      ...['RateLimit-Remaining', String(left.remaining)],
      ...['RateLimit-Reset', String(left.resetSeconds)],
    ];
    if (!left.allowed) {
      const text = 'Too many requests from this client. Please try again later.';
      return tooMany(text, left, headers);
    }
    const given = answer();
    const withHeaders = (found: Answer): Answer => ({
      ...found,
      headers: found.headers ? [...found.headers, ...headers] : headers,
    });
    return given instanceof Promise ? given.then(withHeaders) : withHeaders(given);
  }
}

const refusedForAll = (left: Allowance): Answer | undefined =>
  left.allowed ? undefined : tooMany('Too many requests. Please try again later.', left);

const tooMany = (text: string, left: Allowance, headers: readonly string[] = []): Answer =>
  refusal(429, 'rate_limit_exceeded', text, undefined, [
    ...['Retry-After', String(left.retryAfterSeconds)],
    ...headers,
  ]);
