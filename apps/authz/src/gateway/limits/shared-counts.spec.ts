import { describe, expect, it } from '@jest/globals';
import type { Logger } from '@cryptoutil/telemetry';
import { LocalCounts } from './request-counts.js';
import { SharedCounts, type BucketStore } from './shared-counts.js';

const rate = { perSecond: 1, burst: 5 };

function sharedCounts(take: BucketStore['take']) {
  const lines: string[] = [];
  const logger = { warn: (_: object, text: string) => lines.push(text), info: (text: string) => lines.push(text) };
  const store = { isReady: true, open: () => undefined, close: () => undefined, take };
  let locally = 0;
  const counts = new SharedCounts(store, new LocalCounts(() => 0), logger as unknown as Logger, () => (locally += 1));
  return { counts, store, lines, locally: () => locally };
}

describe('shared counts', () => {
  it('say what the store says', async () => {
    const { counts, locally } = sharedCounts(() => Promise.resolve({ allowed: true, tokens: 2.5 }));
    expect(await counts.take('a', rate)).toEqual({
      allowed: true,
      remaining: 2,
      retryAfterSeconds: 0,
      resetSeconds: 3,
    });
    expect(locally()).toBe(0);
  });

  it('are kept by the process alone while the store is not connected, and nobody waits', () => {
    const { counts, store, lines, locally } = sharedCounts(() => Promise.reject(new Error('must not be asked')));
    store.isReady = false;
    const left = Array.from({ length: 6 }, () => counts.take('a', rate));
    expect(left.map((one) => !(one instanceof Promise) && one.allowed)).toEqual([true, true, true, true, true, false]);
    expect([locally(), lines.length]).toEqual([6, 1]);
  });

  it('leave a store alone that failed, for a while', async () => {
    let asked = 0;
    const { counts } = sharedCounts(() => {
      asked += 1;
      return Promise.reject(new Error('LOADING'));
    });
    expect(await counts.take('a', rate)).toMatchObject({ allowed: true, remaining: 4 });
    expect(counts.take('a', rate)).toMatchObject({ allowed: true, remaining: 3 });
    expect([asked, counts.isShared]).toEqual([1, false]);
  });

  it('do not wait long for a store that does not answer', async () => {
    const { counts, lines } = sharedCounts(() => new Promise(() => undefined));
    expect(await counts.take('a', rate)).toMatchObject({ allowed: true, remaining: 4 });
    expect(lines).toEqual(['the store of the rate limits does not answer; each process counts for itself']);
  });
});
