import { describe, expect, it } from '@jest/globals';
import { AddressLimits } from './address-limits.js';
import { BucketTable } from './bucket-table.js';

const rate = (perSecond: number, burst: number) => ({ perSecond, burst });

describe('limits by address', () => {
  it('let a burst of one address through, then as many as are added again, and leave others alone', () => {
    let now = 0;
    const limits = new AddressLimits({ address: rate(2, 3), everybody: rate(100, 100) }, () => now);
    const four = (address: string) => Array.from({ length: 4 }, () => limits.take(address).refusedBy);
    expect(four('192.0.2.1')).toEqual([undefined, undefined, undefined, 'address']);
    expect(limits.take('192.0.2.2').refusedBy).toBeUndefined();
    now = 1_000;
    expect(four('192.0.2.1')).toEqual([undefined, undefined, 'address', 'address']);
  });

  it('take the /64 of an IPv6 address, and an IPv4 address mapped into IPv6, for one address', () => {
    const limits = new AddressLimits({ address: rate(1, 1), everybody: rate(100, 100) }, () => 0);
    expect(limits.take('2001:db8:1:2::1').refusedBy).toBeUndefined();
    expect(limits.take('2001:db8:1:2:ffff::9').refusedBy).toBe('address');
    expect(limits.take('2001:db8:1:3::1').refusedBy).toBeUndefined();
    expect(limits.take('192.0.2.1').refusedBy).toBeUndefined();
    expect(limits.take('::ffff:192.0.2.1').refusedBy).toBe('address');
  });

  it('say where an address stands and when to come again', () => {
    const limits = new AddressLimits({ address: rate(2, 10), everybody: rate(100, 100) }, () => 0);
    expect(limits.take('a', 6)).toEqual({
      refusedBy: undefined,
      limit: 10,
      remaining: 4,
      resetSeconds: 3,
      retryAfterSeconds: 0,
    });
    expect(limits.take('a', 10)).toMatchObject({ refusedBy: 'address', remaining: 4, retryAfterSeconds: 3 });
  });

  it('let what costs more than the whole burst through for one who comes rarely', () => {
    const limits = new AddressLimits({ address: rate(1, 2), everybody: rate(1, 3) }, () => 0);
    expect(limits.take('a', 50).refusedBy).toBeUndefined();
    expect(limits.take('a', 50).refusedBy).toBe('address');
  });

  it('bound all addresses together; one that is refused on its own takes nothing from them', () => {
    const limits = new AddressLimits({ address: rate(1, 1), everybody: rate(1, 3) }, () => 0);
    for (let again = 0; again < 50; again += 1) limits.take('greedy');
    expect(limits.take('b').refusedBy).toBeUndefined();
    expect(limits.take('c').refusedBy).toBeUndefined();
    expect(limits.take('d')).toMatchObject({ refusedBy: 'everybody', retryAfterSeconds: 1 });
  });

  it('still bound everybody when an attacker has more addresses than are remembered', () => {
    const limits = new AddressLimits({ address: rate(1, 1), everybody: rate(1, 500) }, () => 0, 10);
    const let_in = Array.from({ length: 5_000 }, (_, index) => limits.take(`a${index % 50}`).refusedBy === undefined);
    expect(let_in.filter(Boolean)).toHaveLength(500);
  });
});

describe('a table of buckets', () => {
  it('never holds more than its capacity, and forgets the one that was asked for longest ago', () => {
    const table = new BucketTable(rate(1, 1), 1_000);
    const first = table.of('first', 0);
    for (let index = 0; index < 100_000; index += 1) {
      table.of(`stranger ${index}`, 0);
      if (index % 500 === 0) expect(table.of('first', 0)).toBe(first);
    }
    expect(table.size).toBe(1_000);
    for (let index = 0; index < 1_000; index += 1) table.of(`other ${index}`, 0);
    expect(table.of('first', 0)).not.toBe(first);
  });
});
