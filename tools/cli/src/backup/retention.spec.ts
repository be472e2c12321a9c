import { describe, expect, it } from '@jest/globals';
import { expired } from './retention.js';
import type { ListedSet } from './sets/backup-folder.js';
import type { Manifest } from './sets/manifest.js';

const now = new Date('2026-11-22T00:00:00Z');
const daysAgo = (days: number) => new Date(now.getTime() - days * 86_400_000);

/** A good set of that age; `opened` says that it was verified with shares. */
const set = (days: number, { good = true, opened }: { good?: boolean; opened?: boolean } = {}): ListedSet => ({
  id: String(days),
  manifest: good ? ({ point: daysAgo(days).toISOString() } as Manifest) : undefined,
  fault: good ? undefined : 'broken',
  verification: opened === undefined ? undefined : { at: now, opened },
});
const gone = (sets: ListedSet[], retention: Parameters<typeof expired>[1]) =>
  expired(sets, retention, now).map(({ id }) => id);

describe('retention', () => {
  const sets = [set(40), set(20), set(3), set(1)];

  it('removes nothing when nothing was said', () => {
    expect(gone(sets, {})).toEqual([]);
  });

  it('keeps the newest n, or those of the last n days, and with both what either keeps', () => {
    expect(gone(sets, { keepLast: 1 })).toEqual(['40', '20', '3']);
    expect(gone(sets, { keepDays: 5 })).toEqual(['40', '20']);
    expect(gone(sets, { keepLast: 3, keepDays: 5 })).toEqual(['40']);
  });

  it('never removes the last good one, however old', () => {
    expect(gone([set(400)], { keepDays: 1 })).toEqual([]);
    expect(gone([set(400), set(2, { good: false }), set(1, { good: false })], { keepLast: 1, keepDays: 1 })).toEqual(
      [],
    );
  });

  it('never removes the newest that was verified with shares', () => {
    const verified = [set(50, { opened: true }), set(40, { opened: true }), set(30, { opened: false }), set(1)];
    expect(gone(verified, { keepLast: 1 })).toEqual(['50', '30']);
  });

  it('leaves damaged ones for somebody to look at, and does not count them', () => {
    expect(gone([set(40), set(20), set(3, { good: false })], { keepLast: 1 })).toEqual(['40']);
  });
});
