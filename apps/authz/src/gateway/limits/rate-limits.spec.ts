import { describe, expect, it } from '@jest/globals';
import { json, type Answer } from '../server/answer.js';
import { RateLimits } from './rate-limits.js';
import { LocalCounts } from './request-counts.js';
import type { Rate } from '@cryptoutil/http';

const good = () => json({});
const limitsOf = (all: Rate, each: Rate, now: () => number = () => 0) =>
  new RateLimits(all, each, new LocalCounts(now));

describe('rate limits', () => {
  it('let a burst through, then as many as are added again', () => {
    let now = 0;
    const limits = limitsOf({ perSecond: 100, burst: 100 }, { perSecond: 2, burst: 3 }, () => now);
    const statuses = () => Array.from({ length: 4 }, () => (limits.limit('a', good) as Answer).status);
    expect(statuses()).toEqual([200, 200, 200, 429]);
    now = 1_000;
    expect(statuses()).toEqual([200, 200, 429, 429]);
    expect(limits.limit('b', good)).toMatchObject({ status: 200 });
  });

  it('tell a client where it stands', () => {
    const limits = limitsOf({ perSecond: 1, burst: 1 }, { perSecond: 1, burst: 2 });
    expect((limits.limit('a', good) as Answer).headers).toEqual([
      'RateLimit-Limit',
      '2',
      'RateLimit-Remaining',
      '1',
      'RateLimit-Reset',
      '1',
    ]);
    void limits.limit('a', good);
    const refused = limits.limit('a', () => {
      throw new Error('must not run');
    }) as Answer;
    expect(refused).toMatchObject({
      status: 429,
      error: {
        code: 'rate_limit_exceeded',
        description: 'Too many requests from this client. Please try again later.',
      },
    });
    expect(refused.headers).toEqual(expect.arrayContaining(['Retry-After', '1']));
  });

  it('refuse everybody when all together are too many', () => {
    const limits = limitsOf({ perSecond: 1, burst: 1 }, { perSecond: 1, burst: 1 });
    expect(limits.refuseAny()).toBeUndefined();
    expect(limits.refuseAny()).toMatchObject({
      status: 429,
      error: { description: 'Too many requests. Please try again later.' },
    });
  });

  it('keep a client that is named like the count of everybody apart from it', () => {
    const limits = limitsOf({ perSecond: 1, burst: 1 }, { perSecond: 1, burst: 5 });
    for (const name of ['all', 'all']) void limits.limit(name, good);
    expect(limits.refuseAny()).toBeUndefined();
  });
});
