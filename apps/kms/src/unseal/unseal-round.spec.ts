import { describe, expect, it } from '@jest/globals';
import { ROUND_TTL_MS, UnsealRound } from './unseal-round.js';

const share = (index: number, set = '00000001') => ({
  set,
  index,
  shares: 5,
  threshold: 3,
  data: Buffer.alloc(33, index),
});

const round = () => {
  const clock = { now: 1_000_000 };
  let nonces = 0;
  return {
    clock,
    round: new UnsealRound(
      () => clock.now,
      () => `nonce-${(nonces += 1)}`,
    ),
  };
};

describe('unseal round', () => {
  it('begins with its first share and keeps its nonce', () => {
    const { round: r } = round();
    expect(r.progress).toBeUndefined();
    r.add(share(4));
    r.add(share(2));
    expect(r.progress).toMatchObject({ nonce: 'nonce-1', received: [2, 4] });
  });

  it('refuses the same share twice by its index and keeps what it has', () => {
    const { round: r } = round();
    r.add(share(4));
    expect(() => r.add(share(4))).toThrow(
      expect.objectContaining({
        code: 'share_invalid',
        fields: expect.objectContaining({ index: 4, reason: 'duplicate' }),
      }),
    );
    expect(r.progress?.received).toEqual([4]);
  });

  it('is forgotten when it expires, its shares zeroed', () => {
    const { clock, round: r } = round();
    const first = share(1);
    r.add(first);
    clock.now += ROUND_TTL_MS;
    expect(r.progress).toBeUndefined();
    expect(first.data).toEqual(Buffer.alloc(33));
    r.add(share(1));
    expect(r.progress).toMatchObject({ nonce: 'nonce-2', received: [1] });
  });

  it('refuses to go on under the nonce of a round that is over', () => {
    const { clock, round: r } = round();
    r.add(share(1));
    expect(() => r.requireNonce('nonce-1')).not.toThrow();
    expect(() => r.requireNonce(undefined)).not.toThrow();
    clock.now += ROUND_TTL_MS;
    expect(() => r.requireNonce('nonce-1')).toThrow(expect.objectContaining({ code: 'round_changed' }));
  });

  it('drops the shares of a set that was replaced meanwhile', () => {
    const { round: r } = round();
    r.add(share(1));
    r.add(share(2, '00000002'));
    expect(r.progress).toMatchObject({ nonce: 'nonce-2', received: [2] });
  });

  it('takes a share back, and is over when none is left', () => {
    const { round: r } = round();
    r.add(share(1));
    r.add(share(2));
    r.remove(2);
    expect(r.progress?.received).toEqual([1]);
    r.remove(1);
    expect(r.progress).toBeUndefined();
  });

  it('zeroes its shares when it ends', () => {
    const { round: r } = round();
    const first = share(1);
    r.add(first);
    r.end();
    expect(first.data).toEqual(Buffer.alloc(33));
    expect(r.shares).toEqual([]);
  });
});
