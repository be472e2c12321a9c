import { describe, expect, it } from '@jest/globals';
import { SeenGenerations } from './seen-generations.js';

const row = (id: string, generation: number) => ({ id, generation });

describe('seen generations', () => {
  it('tells a row that was put back from the newer one that was proved before', () => {
    const seen = new SeenGenerations(10);
    expect(seen.isOlder(row('a', 1), seen.now)).toBe(false);
    expect(seen.isOlder(row('a', 2), seen.now)).toBe(false);
    expect(seen.isOlder(row('a', 2), seen.now)).toBe(false);
    expect(seen.isOlder(row('a', 1), seen.now)).toBe(true);
    expect(seen.isOlder(row('b', 1), seen.now)).toBe(false);
  });

  it('takes no offence at a read that was begun before the newer state was seen', () => {
    const seen = new SeenGenerations(10);
    const asked = seen.now;
    expect(seen.isOlder(row('a', 2), seen.now)).toBe(false);
    expect(seen.isOlder(row('a', 1), asked)).toBe(false);
    expect(seen.isOlder(row('a', 1), seen.now)).toBe(true);
  });

  it('remembers as many as it may, and nothing after it was cleared', () => {
    const seen = new SeenGenerations(2);
    for (const id of ['a', 'b', 'c']) seen.isOlder(row(id, 5), seen.now);
    expect(seen.isOlder(row('a', 1), seen.now)).toBe(false);
    expect(seen.isOlder(row('c', 1), seen.now)).toBe(true);
    seen.clear();
    expect(seen.isOlder(row('c', 1), seen.now)).toBe(false);
  });
});
