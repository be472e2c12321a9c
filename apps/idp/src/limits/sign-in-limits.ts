import { Injectable } from '@nestjs/common';
import { Clock } from '../clock.js';
import type { User } from '../users/user.entity.js';
import { SignInBuckets, type Bucket } from './sign-in-buckets.js';
import type { SignInFailure } from './sign-in-failure.entity.js';
import { SignInFailureStore } from './sign-in-failure.store.js';

/** Who tries to sign in, from where. `user` is the account the identifier names, if any. */
export interface Attempt {
  /** As `identifierKey`. */
  readonly identifier: string;
  readonly address: string;
  readonly user: User | null;
  /** The browser proved that this user has signed in with it before. */
  readonly knownBrowser: boolean;
}

/** An attempt may go on. */
export interface Admitted {
  readonly blocked: false;
  /** When it was decided: before the password was looked at. */
  readonly at: Date;
  /** Where a failure is counted, and what must still be open when the session is written. */
  readonly counted: readonly Bucket[];
  /** What a success empties; nothing when nothing was counted, so that a clean sign-in writes nothing here. */
  readonly toReset: readonly Bucket[];
}

export interface Blocked {
  readonly blocked: true;
  readonly retryAfterSeconds: number;
  /** The name is shut for browsers that are not known, until its owner or an administrator resets it. */
  readonly shut: boolean;
}

const SHUT_FROM_SECONDS = 24 * 60 * 60;

/** Decides whether a password may be tried at all. */
@Injectable()
export class SignInLimits {
  constructor(
    private readonly failures: SignInFailureStore,
    private readonly buckets: SignInBuckets,
    private readonly clock: Clock,
  ) {}

  async admit({ identifier, address, user, knownBrowser }: Attempt): Promise<Admitted | Blocked> {
    const now = this.clock.now();
    const pair = this.buckets.pair(identifier, address);
    const stranger = [pair, this.buckets.network(address), this.buckets.identifier(identifier)];
    const own = user ? this.buckets.ofAccount(user) : [];
    const rows = await this.failures.find(uniqueByName([...stranger, ...own]), now);
    const state = new Map(rows.map((row) => [row.bucket, row]));
    const known = user && knownBrowser ? this.buckets.known(user.id) : undefined;
    const counted = known && !isBlocked(state.get(known.name), now) ? [known] : stranger;
    const blocking = counted.map(({ name }) => state.get(name)).filter((row) => isBlocked(row, now));
    if (blocking.length > 0) return refusal(blocking as SignInFailure[], now);
    return { blocked: false, at: now, counted, toReset: [pair, ...own].filter(({ name }) => state.has(name)) };
  }

  async countFailure({ counted }: Admitted): Promise<void> {
    await this.failures.add(counted, this.clock.now());
  }

  async countSuccess({ toReset }: Admitted): Promise<void> {
    if (toReset.length > 0) await this.failures.reset(toReset);
  }
}

const isBlocked = (row: SignInFailure | undefined, now: Date): boolean =>
  row?.blockedUntil != null && row.blockedUntil.getTime() > now.getTime();

const refusal = (rows: readonly SignInFailure[], now: Date): Blocked => {
  const seconds = Math.ceil(
    (Math.max(...rows.map(({ blockedUntil }) => blockedUntil!.getTime())) - now.getTime()) / 1000,
  );
  const shut = seconds >= SHUT_FROM_SECONDS;
  return { blocked: true, retryAfterSeconds: shut ? SHUT_FROM_SECONDS : seconds, shut };
};

const uniqueByName = (buckets: readonly Bucket[]): Bucket[] => [
  ...new Map(buckets.map((bucket) => [bucket.name, bucket])).values(),
];
