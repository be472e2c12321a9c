import { describe, expect, it } from '@jest/globals';
import { json } from '../server/answer.js';
import { RateLimits } from './rate-limits.js';

const good = () => json({});

describe('rate limits', () => {
  it('let a burst through, then as many as are added again', () => {
    let now = 0;
    const limits = new RateLimits({ perSecond: 100, burst: 100 }, { perSecond: 2, burst: 3 }, () => now);
    const statuses = () => Array.from({ length: 4 }, () => limits.limit('a', good).status);
    expect(statuses()).toEqual([200, 200, 200, 429]);
    now = 1_000;
    expect(statuses()).toEqual([200, 200, 429, 429]);
    expect(limits.limit('b', good).status).toBe(200);
  });

  it('tell a client where it stands', () => {
    const limits = new RateLimits({ perSecond: 1, burst: 1 }, { perSecond: 1, burst: 2 }, () => 0);
    expect(limits.limit('a', good).headers).toEqual([
      'RateLimit-Limit',
      '2',
      'RateLimit-Remaining',
      '1',
      'RateLimit-Reset',
      '1',
    ]);
    limits.limit('a', good);
    const refused = limits.limit('a', () => {
      throw new Error('must not run');
    });
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
    const limits = new RateLimits({ perSecond: 1, burst: 1 }, { perSecond: 1, burst: 1 }, () => 0);
    expect(limits.refuseAny()).toBeUndefined();
    expect(limits.refuseAny()).toMatchObject({
      status: 429,
      error: { description: 'Too many requests. Please try again later.' },
    });
  });
});
