import type { LoadResult } from './load.js';

/** Prints one line of the table; `base` is what the bare handler did in the same run, for a ratio to it. */
export function report(name: string, result: LoadResult, base?: LoadResult): void {
  const errors = Object.entries(result.others).map(([status, count]) => `${count}×${status}`);
  console.log(
    [
      name.padEnd(27),
      `${result.perSecond.toFixed(0).padStart(7)}/s`,
      `${result.perCoreSecond.toFixed(0).padStart(7)}/core·s`,
      base ? `${(result.perCoreSecond / base.perCoreSecond).toFixed(2)}×` : ' '.repeat(5),
      `p50 ${result.p50Ms.toFixed(1)} ms`,
      `p99 ${result.p99Ms.toFixed(1)} ms`,
      errors.length > 0 ? `not 200: ${errors.join(', ')}` : 'all 200',
    ].join('  '),
  );
}
