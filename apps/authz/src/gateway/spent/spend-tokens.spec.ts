import { describe, expect, it } from '@jest/globals';
import { RevokedTokens } from './revoked-tokens.js';
import { SpendTokens } from './spend-tokens.js';
import type { SpentToken } from './spent-token.store.js';

const token = (tokenId: string): SpentToken => ({ tokenId, oneTime: true, expiresAt: 1 });

describe('spending tokens', () => {
  it('writes together what arrives in one turn or during a write, each id once, and gives it to the first', async () => {
    const batches: string[][] = [];
    const spending = new SpendTokens({
      record: (tokens) => {
        batches.push(tokens.map(({ tokenId }) => tokenId));
        return Promise.resolve(new Set(tokens.map(({ tokenId }) => tokenId)));
      },
    });
    const outcomes = await Promise.all(['x', 'y', 'c', 'b', 'c'].map((id) => spending.spend(token(id))));
    expect(batches).toEqual([['b', 'c', 'x', 'y']]);
    expect(outcomes).toEqual([true, true, true, true, false]);
    const first = spending.spend(token('d'));
    await new Promise((settle) => setImmediate(settle));
    await Promise.all([first, spending.spend(token('f')), spending.spend(token('e'))]);
    expect(batches.slice(1)).toEqual([['d'], ['e', 'f']]);
  });

  it('says nothing about a write that failed, and goes on', async () => {
    let broken = true;
    const spending = new SpendTokens({
      record: (tokens) =>
        broken ? Promise.reject(new Error('away')) : Promise.resolve(new Set(tokens.map((t) => t.tokenId))),
    });
    await expect(spending.spend(token('a'))).rejects.toThrow('away');
    broken = false;
    await expect(spending.spend(token('a'))).resolves.toBe(true);
  });

  it('refuses when too much waits', async () => {
    const spending = new SpendTokens({ record: () => new Promise(() => undefined) });
    for (let count = 0; count < 10_000; count += 1) void spending.spend(token(String(count)));
    await expect(spending.spend(token('z'))).rejects.toThrow('too many writes wait');
  });
});

describe('revoked tokens in memory', () => {
  const store = (ids: string[]) => ({
    has: () => Promise.resolve(false),
    revocations: () => Promise.resolve(ids.map((tokenId) => ({ tokenId, expiresAt: 2_000_000_000 }))),
  });

  it('ask the database while the channel is lost, and for what memory has no room for', async () => {
    const feed = { isLive: true };
    const full = new RevokedTokens(store(['a', 'b', 'c']), feed, 2);
    await full.resync(undefined);
    expect(full.isRevoked('x')).toBeInstanceOf(Promise);
    const fitting = new RevokedTokens(store(['a']), feed, 2);
    await fitting.resync(undefined);
    expect([fitting.isRevoked('a'), fitting.isRevoked('x')]).toEqual([true, false]);
    feed.isLive = false;
    expect([fitting.isRevoked('a'), fitting.isRevoked('x')]).toEqual([true, expect.any(Promise)]);
    feed.isLive = true;
    fitting.notice('b:2000000000,c:2000000000');
    expect([fitting.isRevoked('b'), fitting.isRevoked('x')]).toEqual([true, expect.any(Promise)]);
    await fitting.sweep();
    expect(fitting.isRevoked('x')).toBe(false);
  });

  it('forget what has expired', async () => {
    const revoked = new RevokedTokens(store([]), { isLive: true });
    await revoked.resync(undefined);
    revoked.notice('a:1');
    await revoked.sweep();
    expect(revoked.isRevoked('a')).toBe(false);
  });
});
