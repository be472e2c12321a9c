import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type CountedCalls, StrangerEvents } from './stranger-events.js';

describe('events of strangers', () => {
  let told: CountedCalls[];
  let strangers: StrangerEvents;
  beforeEach(() => {
    jest.useFakeTimers({ now: Date.parse('2026-01-01T00:00:00Z') });
    told = [];
    strangers = new StrangerEvents(3, (counted) => told.push(counted));
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const call = (address: string, times: number, status = 401, operation?: string) =>
    Array.from({ length: times }, () => strangers.whole(address, status, operation)).filter(Boolean).length;

  it('are whole for the first calls of a network; the others are counted to the last one, by status', () => {
    expect(call('192.0.2.1', 1_000)).toBe(3);
    expect(call('192.0.2.1', 500, 404)).toBe(0);
    expect(call('192.0.2.2', 3)).toBe(3);
    jest.advanceTimersByTime(59_999);
    expect(told).toEqual([]);
    jest.advanceTimersByTime(1);
    expect(told).toEqual([
      {
        who: 'address:192.0.2.1',
        operation: 'further calls',
        outcome: 'denied',
        calls: 1_497,
        statuses: { 401: 997, 404: 500 },
        since: '2026-01-01T00:00:00.000Z',
        request_id: '',
      },
    ]);
  });

  it('begin anew each minute, and only when somebody calls', () => {
    call('192.0.2.1', 4);
    jest.advanceTimersByTime(60_000);
    expect(jest.getTimerCount()).toBe(0);
    expect(call('192.0.2.1', 4)).toBe(3);
    jest.advanceTimersByTime(60_000);
    expect(told.map(({ calls, since }) => [calls, since])).toEqual([
      [1, '2026-01-01T00:00:00.000Z'],
      [1, '2026-01-01T00:01:00.000Z'],
    ]);
  });

  it('take the /64 of an IPv6 address for one network', () => {
    expect(call('2001:db8::1', 2) + call('2001:db8::2', 2)).toBe(3);
    strangers.end();
    expect(told).toMatchObject([{ who: 'address:2001:db8:0:0::/64', calls: 1 }]);
  });

  it('are bounded however many networks call: some are named, the others counted together, none is left out', () => {
    let whole = 0;
    for (let round = 0; round < 5; round += 1)
      for (let at = 0; at < 3_000; at += 1) whole += call(`10.0.${at >> 8}.${at & 255}`, at < 25 ? 2 : 1);
    strangers.end();
    expect(whole).toBe(3 * 20);
    expect(told).toHaveLength(21);
    expect(told[20]).toMatchObject({ who: 'address:others', networks: expect.any(Number) });
    expect(told[20]!.networks).toBeGreaterThan(1_900);
    const sum = (numbers: number[]) => numbers.reduce((one, other) => one + other, 0);
    expect(whole + sum(told.map(({ calls }) => calls))).toBe(5 * 3_025);
    expect(sum(told.flatMap(({ statuses }) => Object.values(statuses)))).toBe(sum(told.map(({ calls }) => calls)));
  });

  it('of one operation do not use up those of another', () => {
    call('192.0.2.1', 100);
    expect(call('192.0.2.1', 5, 400, 'unseal')).toBe(3);
    strangers.end();
    expect(told.map(({ operation, calls }) => [operation, calls])).toEqual([
      ['further calls', 97],
      ['unseal', 2],
    ]);
  });
});
