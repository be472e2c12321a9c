import { constantTimeEqual, keyedHash, type Secret } from '@cryptoutil/crypto';
import { Clock } from '../clock.js';

/** Browsers keep cookies at most this long, in seconds. */
export const KNOWN_BROWSER_MAX_AGE_SECONDS = 400 * 24 * 60 * 60;
const MAX_ENTRIES = 5;

/**
 * The proof that a user has signed in with this browser before: a cookie of up to five entries `time.mac`, one a user, newest first. The
 * MAC covers the user's id, so the cookie names nobody and needs no row. It opens nothing; it only keeps strangers' failures from counting.
 */
export class KnownBrowsers {
  constructor(
    private readonly key: Secret,
    private readonly clock: Clock,
  ) {}

  knows(cookie: string | undefined, userId: string): boolean {
    return this.entries(cookie).some((entry) => this.isOf(entry, userId));
  }

  /** The cookie's value after this user signed in. */
  remember(cookie: string | undefined, userId: string): string {
    const others = this.entries(cookie).filter((entry) => !this.isOf(entry, userId));
    const time = this.seconds().toString(36);
    return [`${time}.${this.mac(time, userId)}`, ...others].slice(0, MAX_ENTRIES).join('~');
  }

  private entries(cookie = ''): string[] {
    return cookie
      .split('~', MAX_ENTRIES)
      .filter((entry) => /^[0-9a-z]{1,10}\.[\w-]{43}$/.test(entry) && this.isYoung(parseInt(entry, 36)));
  }

  private isYoung(issued: number): boolean {
    return issued <= this.seconds() && issued > this.seconds() - KNOWN_BROWSER_MAX_AGE_SECONDS;
  }

  private isOf(entry: string, userId: string): boolean {
    const [time = '', mac = ''] = entry.split('.');
    return constantTimeEqual(mac, this.mac(time, userId));
  }

  private mac(time: string, userId: string): string {
    return keyedHash(this.key, 'known-browser', `${time} ${userId}`);
  }

  private seconds(): number {
    return Math.floor(this.clock.now().getTime() / 1000);
  }
}
