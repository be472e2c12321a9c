import { describe, expect, it } from '@jest/globals';
import { median, settledMedian } from './settled-median.js';
import { degradations, limitsAfter } from './trend.js';

describe('a figure of speed', () => {
  const rounds = (...values: number[]) => {
    const asked: number[] = [];
    const measure = (): Promise<number> => {
      const value = values[Math.floor(asked.length / 5)]!;
      asked.push(value);
      return Promise.resolve(value);
    };
    return { asked, measure };
  };

  it('is the median of five measurements, so that one slow answer does not count', async () => {
    const values = [3, 900, 1, 2, 4];
    expect(await settledMedian(100, () => Promise.resolve(values.shift()!))).toBe(3);
    expect(values).toEqual([]);
  });

  it('is measured again when it is not below its limit: a burst on the machine is no fault of the suite', async () => {
    const { asked, measure } = rounds(300, 100, 20, 1);
    expect(await settledMedian(100, measure, 0)).toBe(20);
    expect(asked).toHaveLength(15);
  });

  it('stays bad when it is bad in every round, with the best of them as the figure', async () => {
    const { asked, measure } = rounds(300, 250, 280, 1);
    expect(await settledMedian(100, measure, 0)).toBe(250);
    expect(asked).toHaveLength(15);
  });

  it('is measured once without a limit', async () => {
    const { asked, measure } = rounds(300, 1);
    expect(await settledMedian(Infinity, measure, 0)).toBe(300);
    expect(asked).toHaveLength(5);
  });
});

describe('the trend of speed', () => {
  const run = (healthMs: number, authorizeMs: number, tokenMs: number) => ({ healthMs, authorizeMs, tokenMs });
  const before = [run(10, 200, 100), run(900, 200, 120), run(12, 200, 110)];

  it('compares with the median of earlier runs: half as slow again is a reason to go back', () => {
    expect(degradations(before, run(20, 299, 150))).toEqual([]);
    expect(degradations(before, run(20, 300, 400))).toEqual([
      'authorize took 200 ms and takes 300 ms',
      'token took 110 ms and takes 400 ms',
    ]);
  });

  it('takes differences of less than 50 ms for noise, whatever the percentage', () => {
    expect(degradations(before, run(61, 200, 100))).toEqual([]);
    expect(degradations(before, run(62, 200, 100))).toEqual(['health took 12 ms and takes 62 ms']);
    expect(limitsAfter(before)).toEqual(run(62, 300, 165));
  });

  it('has a middle for any number of values', () => {
    expect([median([]), median([7]), median([9, 1]), median([3, 1, 2])]).toEqual([0, 7, 9, 2]);
  });
});
