import { setTimeout as pause } from 'node:timers/promises';

/** How many measurements make a median. */
export const SAMPLES = 5;
const ROUNDS = 3;
const ROUND_PAUSE_MS = 1000;

/**
 * The median of some measurements, in their unit. When it is not below `limit` they are made again after a pause, up to three times, and
 * the best round counts: what lasts is slow in each of them, a burst of something else on the machine is not.
 */
export async function settledMedian(
  limit: number,
  measure: () => Promise<number>,
  pauseMs = ROUND_PAUSE_MS,
): Promise<number> {
  let best = Infinity;
  for (let round = 0; round < ROUNDS && best >= limit; round += 1) {
    if (round > 0) await pause(pauseMs);
    const found: number[] = [];
    for (let turn = 0; turn < SAMPLES; turn += 1) found.push(await measure());
    best = Math.min(best, median(found));
  }
  return best;
}

/** The middle of some values, the upper one of two; 0 of none. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
