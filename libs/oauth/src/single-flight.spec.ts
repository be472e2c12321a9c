import { describe, expect, test } from '@jest/globals';
import { SingleFlight } from './single-flight.js';

describe('SingleFlight', () => {
  test('callers of the same key share one operation and its failure; other keys run beside it', async () => {
    const flights = new SingleFlight<number>();
    let calls = 0;
    const gate = Promise.withResolvers<number>();
    const operation = () => (calls++, gate.promise);
    const shared = [flights.run('a', operation), flights.run('a', operation)];
    expect(await flights.run('b', () => Promise.resolve(7))).toBe(7);
    expect([flights.has('a'), flights.has('b'), flights.size]).toEqual([true, false, 1]);
    gate.reject(new Error('lost'));
    expect((await Promise.allSettled(shared)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(calls).toBe(1);
  });

  test('runs again once the operation has ended', async () => {
    const flights = new SingleFlight<number>();
    let calls = 0;
    const operation = () => Promise.resolve(++calls);
    expect([await flights.run('a', operation), await flights.run('a', operation)]).toEqual([1, 2]);
  });
});
