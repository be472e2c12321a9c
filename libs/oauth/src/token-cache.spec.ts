import { describe, expect, test } from '@jest/globals';
import { TokenCache } from './token-cache.js';

describe('TokenCache', () => {
  test('forgets at its time, not after', () => {
    let now = 0;
    const cache = new TokenCache<string>(10, () => now);
    cache.set('k', 'v', 1_000);
    now = 999;
    expect(cache.get('k')).toBe('v');
    now = 1_000;
    expect(cache.get('k')).toBeUndefined();
    expect(cache.size).toBe(0);
  });

  test('is bounded: the oldest entry makes room, a renewed one counts as new', () => {
    const cache = new TokenCache<number>(2, () => 0);
    cache.set('a', 1, 10);
    cache.set('b', 2, 10);
    cache.set('a', 3, 10);
    cache.set('c', 4, 10);
    expect([cache.get('a'), cache.get('b'), cache.get('c'), cache.size]).toEqual([3, undefined, 4, 2]);
  });

  test('keys are hashes, no token is kept', () => {
    expect(TokenCache.keyOf('abc')).toBe('ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0');
  });
});
