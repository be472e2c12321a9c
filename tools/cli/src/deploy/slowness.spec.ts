import { describe, expect, it } from '@jest/globals';
import type { LoggedRequest } from './request-figures.js';
import { defaultSlownessRule, Slowness, speedsOf } from './slowness.js';

const requests = (route: string, ...durations: number[]): LoggedRequest[] =>
  durations.map((durationMs) => ({ route, durationMs, atMs: 0, status: 200 }));
const all = (count: number, ms: number) => Array.from({ length: count }, () => ms);
const WINDOW = defaultSlownessRule.windowMs;

describe('the speed of a new version', () => {
  const before = [...requests('token', ...all(1000, 40)), ...requests('login', ...all(60, 300))];
  /** What is said at the end of each window, of which these are the requests. */
  const watched = (windows: readonly (readonly LoggedRequest[])[], was = before) => {
    const slowness = new Slowness(speedsOf(was), 0);
    return windows.map((window, index) => {
      for (const request of window) slowness.add(request);
      return slowness.look((index + 1) * WINDOW);
    });
  };
  const token = (ms: number, count = 50) => requests('token', ...all(count, ms));

  it('is a reason to go back when a route was half as slow again, and 50 ms slower, in three windows in a row', () => {
    expect(watched([token(90), token(95), token(90)])).toEqual([
      ...[undefined, undefined],
      'token is slow: its median rose from 40 ms to 90 ms, 3 windows in a row',
    ]);
  });

  it('is none when processes are cold, or the machine is busy, for fewer windows than that', () => {
    const windows = [900, 400, 41, 500, 500, 40, 200, 200, 89, 40].map((ms) => token(ms));
    expect(watched(windows)).toEqual(windows.map(() => undefined));
  });

  it.each([
    ['less than 50 ms slower', 40, 89],
    ['less than half as slow again', 300, 449],
  ])('is none when a route is %s', (_what, was, ms) => {
    const window = requests('token', ...all(100, ms));
    expect(watched([window, window, window, window], requests('token', ...all(100, was)))).toEqual(
      all(4, 0).fill(undefined as never),
    );
  });

  it('is that of each route alone: more slow sign-ins are no slower token endpoint', () => {
    const window = [...token(40, 20), ...requests('login', ...all(400, 300))];
    expect(watched([window, window, window])).toEqual([undefined, undefined, undefined]);
    const slow = [...token(40, 400), ...requests('login', ...all(20, 700))];
    expect(watched([slow, slow, slow])[2]).toContain('login is slow: its median rose from 300 ms to 700 ms');
  });

  it('is also that of the slowest requests, when they take three times as long and half a second more', () => {
    const stalling = requests('token', ...all(90, 40), ...all(10, 2_000));
    expect(watched([stalling, stalling, stalling])[2]).toBe(
      'token is slow: its 95th percentile rose from 40 ms to 2000 ms, 3 windows in a row',
    );
    const few = requests('token', ...all(80, 40), ...all(10, 2_000));
    expect(watched([few, few, few])[2]).toBeUndefined();
  });

  it('is judged with few requests, too, over longer windows', () => {
    const windows = Array.from({ length: 6 }, () => token(400, 10));
    expect(watched(windows).map((reason) => reason !== undefined)).toEqual([false, false, false, false, false, true]);
  });

  it('cannot be judged where a route was hardly asked before', () => {
    const window = [...token(4_000), ...requests('new', ...all(100, 4_000))];
    expect(watched([window, window, window], requests('token', ...all(49, 40)))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
