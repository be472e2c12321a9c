import { describe, expect, it } from '@jest/globals';
import { Secret } from '@cryptoutil/crypto';
import { fixedClock } from '@cryptoutil/testing';
import { KNOWN_BROWSER_MAX_AGE_SECONDS, KnownBrowsers } from './known-browser.js';

const clock = fixedClock();
const browsers = new KnownBrowsers(Secret.fromText('k'.repeat(32)), clock);

describe('KnownBrowsers', () => {
  it('knows the users who signed in with this browser and nobody else', () => {
    const cookie = browsers.remember(browsers.remember(undefined, 'alice-id'), 'bob-id');
    expect(browsers.knows(cookie, 'alice-id')).toBe(true);
    expect(browsers.knows(cookie, 'bob-id')).toBe(true);
    expect(browsers.knows(cookie, 'carol-id')).toBe(false);
    expect(browsers.knows(undefined, 'alice-id')).toBe(false);
    expect(cookie).not.toContain('alice');
  });

  it('keeps one entry a user and five in all, the latest first', () => {
    let cookie = browsers.remember(undefined, 'u0');
    for (const user of ['u1', 'u1', 'u2', 'u3', 'u4', 'u5']) cookie = browsers.remember(cookie, user);
    expect(cookie.split('~')).toHaveLength(5);
    expect(browsers.knows(cookie, 'u0')).toBe(false);
    expect(browsers.knows(cookie, 'u1')).toBe(true);
  });

  it('refuses a changed entry, one of another key, one from the future and one that is too old', () => {
    const cookie = browsers.remember(undefined, 'alice-id');
    const [time, mac] = cookie.split('.');
    expect(browsers.knows(`${(parseInt(time!, 36) - 1).toString(36)}.${mac}`, 'alice-id')).toBe(false);
    expect(browsers.knows(`${time}.${'A'.repeat(43)}`, 'alice-id')).toBe(false);
    expect(browsers.knows(`~~~${'x'.repeat(9000)}`, 'alice-id')).toBe(false);
    expect(new KnownBrowsers(Secret.fromText('o'.repeat(32)), clock).knows(cookie, 'alice-id')).toBe(false);
    clock.advance(-10);
    expect(browsers.knows(cookie, 'alice-id')).toBe(false);
    clock.advance(10 + KNOWN_BROWSER_MAX_AGE_SECONDS);
    expect(browsers.knows(cookie, 'alice-id')).toBe(false);
  });
});
