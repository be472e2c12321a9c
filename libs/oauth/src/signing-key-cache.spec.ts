import { beforeEach, describe, expect, test } from '@jest/globals';
import { TestIssuer, issuer, testKey } from '../fixtures/issuer.js';
import { SigningKeyCache } from './signing-key-cache.js';

const [first, second] = [testKey('first'), testKey('second')];
let now = 0;
let peer: TestIssuer;
let cache: SigningKeyCache;

const find = async (kid: string) => ((await cache.keysFor(kid)).has(kid) ? { kid } : undefined);
const down = () => peer.answer('/jwks', () => ({ status: 503 }));
const unavailable = { name: 'AuthorizationServerUnavailable' };

beforeEach(() => {
  now = 1_000_000;
  peer = new TestIssuer([first]);
  cache = new SigningKeyCache({ issuer, dispatcher: peer.agent, now: () => now });
});

describe('SigningKeyCache', () => {
  test('a hundred callers cause one read', async () => {
    const found = await Promise.all(Array.from({ length: 100 }, () => find('first')));
    expect(found.every((key) => key?.kid === 'first')).toBe(true);
    expect([peer.count('/jwks'), peer.count('/.well-known/openid-configuration')]).toEqual([1, 1]);
    expect(cache.loaded).toBe(true);
  });

  test('a known key is found without asking again while fresh', async () => {
    await find('first');
    now += 239_999;
    await find('first');
    expect(peer.count('/jwks')).toBe(1);
  });

  test.each([
    ['max-age=120', 120_000],
    ['max-age=1', 60_000],
    ['no-store', 60_000],
    ['max-age=999999', 3_600_000],
  ])('keeps the keys as %s says, within one minute to one hour', async (cacheControl, milliseconds) => {
    peer.publish([first], { 'cache-control': cacheControl });
    await find('first');
    now += milliseconds * 0.8 - 1;
    await find('first');
    expect(peer.count('/jwks')).toBe(1);
    peer.publish([second]);
    now += milliseconds * 0.2 + 1;
    expect(await find('first')).toBeUndefined();
    expect(peer.count('/jwks')).toBe(2);
  });

  test('reads ahead of the end, beside the request that notices: nobody waits, nobody is served withdrawn keys for long', async () => {
    await find('first');
    const gate = Promise.withResolvers<void>();
    peer.answer('/jwks', async () => (await gate.promise, { body: { keys: [second.jwk] } }));
    now += 240_000;
    expect((await find('first'))?.kid).toBe('first');
    const waiting = find('second');
    gate.resolve();
    expect((await waiting)?.kid).toBe('second');
    expect([await find('first'), peer.count('/jwks')]).toEqual([undefined, 2]);
  });

  test('the same object as long as it was not read anew', async () => {
    const keys = await cache.current();
    now += 60_000;
    expect(await cache.current()).toBe(keys);
    now += 240_000;
    expect(await cache.current()).not.toBe(keys);
  });

  test('a key withdrawn by the issuer is unknown as soon as the cached set is read again', async () => {
    await find('first');
    peer.publish([second]);
    now += 300_000;
    expect(await find('first')).toBeUndefined();
    expect((await find('second'))?.kid).toBe('second');
  });

  test('an unknown kid is looked up at the issuer at once, then at most every 10 s, by one read', async () => {
    await find('first');
    now += 10_000;
    peer.publish([first, second]);
    const found = await Promise.all(Array.from({ length: 50 }, () => find('second')));
    expect(found.every((key) => key?.kid === 'second')).toBe(true);
    expect(peer.count('/jwks')).toBe(2);

    for (let i = 0; i < 50; i++) expect(await find(`invented-${i}`)).toBeUndefined();
    expect(peer.count('/jwks')).toBe(2);
    now += 9_999;
    await find('invented');
    expect(peer.count('/jwks')).toBe(2);
    now += 1;
    await find('invented');
    expect(peer.count('/jwks')).toBe(3);
  });

  test('an unknown kid is no verdict while the issuer does not answer', async () => {
    await find('first');
    down();
    now += 10_000;
    await expect(find('second')).rejects.toMatchObject(unavailable);
    expect((await find('first'))?.kid).toBe('first');
  });

  test('goes on with the last keys while the issuer is down, asking every 10 s, and recovers', async () => {
    await find('first');
    down();
    now += 300_000;
    expect((await find('first'))?.kid).toBe('first');
    expect(peer.count('/jwks')).toBe(2);
    for (let i = 0; i < 20; i++) await find('first');
    expect(peer.count('/jwks')).toBe(2);

    const gate = Promise.withResolvers<void>();
    peer.answer('/jwks', async () => (await gate.promise, { body: { keys: [second.jwk] } }));
    now += 10_000;
    expect((await find('first'))?.kid).toBe('first');
    const waiting = find('second');
    gate.resolve();
    expect((await waiting)?.kid).toBe('second');
    expect(peer.count('/jwks')).toBe(3);
    expect(await find('first')).toBeUndefined();
  });

  test('keys that could not be confirmed for a day are no longer trusted', async () => {
    await find('first');
    down();
    now += 86_399_000;
    expect((await find('first'))?.kid).toBe('first');
    now += 1_000;
    await expect(find('first')).rejects.toMatchObject(unavailable);
    now += 10_000;
    await expect(find('first')).rejects.toMatchObject(unavailable);
    peer.publish([first]);
    now += 10_000;
    expect((await find('first'))?.kid).toBe('first');
  });

  test('without any keys yet: unavailable, asked again after 1 s', async () => {
    down();
    await expect(find('first')).rejects.toMatchObject(unavailable);
    await expect(find('first')).rejects.toMatchObject(unavailable);
    await expect(cache.metadata()).rejects.toMatchObject(unavailable);
    expect([peer.count('/jwks'), cache.loaded]).toEqual([1, false]);
    peer.publish([first]);
    now += 1_000;
    expect((await find('first'))?.kid).toBe('first');
  });

  test.each([
    ['no JWK Set', { body: { keys: 'none' } }],
    ['a redirect', { status: 302 }],
    ['an oversized document', { body: JSON.stringify({ keys: [], filler: 'x'.repeat(262_144) }) }],
  ])('a jwks_uri that gives %s does not replace good keys', async (_, answer) => {
    await find('first');
    peer.answer('/jwks', () => answer);
    now += 300_000;
    expect((await find('first'))?.kid).toBe('first');
  });
});
