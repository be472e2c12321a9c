import { keyedHash, type Secret } from '@cryptoutil/crypto';
import { subscriberNetwork } from '@cryptoutil/http';
import type { User } from '../users/user.entity.js';

/** How failures of one kind are slowed down. Delays double from one second with each failure after the free ones. */
export interface BucketPolicy {
  /** Failures without any delay. */
  readonly free: number;
  /** The longest delay, in seconds. */
  readonly longestDelaySeconds: number;
  /** At this many consecutive failures the bucket stays shut until it is reset; none: never. */
  readonly shutAt?: number;
  /** The count is forgotten this long after the last failure, in seconds. */
  readonly forgetAfterSeconds: number;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * The limits of password guessing. An account can be named in two ways (username, e-mail), so SP 800-63B-4 §3.2.2 (at most 100
 * consecutive failures) is kept by 45 for each name and 10 from the person's own browsers, which strangers cannot use up.
 */
export const policies = {
  /** One name from one network: what a person who mistypes meets first. */
  pair: { free: 4, longestDelaySeconds: 15 * MINUTE, forgetAfterSeconds: DAY },
  /** One network, whatever the name: spraying. */
  network: { free: 30, longestDelaySeconds: 15 * MINUTE, forgetAfterSeconds: HOUR },
  /** One name from anywhere: guessing by many. */
  identifier: { free: 9, longestDelaySeconds: HOUR, shutAt: 45, forgetAfterSeconds: 365 * DAY },
  /** The browsers in which this user has signed in before. Used up, they count as strangers. */
  known: { free: 9, longestDelaySeconds: HOUR, shutAt: 10, forgetAfterSeconds: 365 * DAY },
} as const satisfies Record<string, BucketPolicy>;

export interface Bucket {
  readonly name: string;
  readonly policy: BucketPolicy;
}

/** Names buckets by keyed hash. Unknown names get the same buckets as known ones, so limits do not tell who exists. */
export class SignInBuckets {
  constructor(private readonly key: Secret) {}

  pair(identifier: string, address: string): Bucket {
    return this.bucket('pair', `${subscriberNetwork(address)} ${identifier}`);
  }

  network(address: string): Bucket {
    return this.bucket('network', subscriberNetwork(address));
  }

  identifier(identifier: string): Bucket {
    return this.bucket('identifier', identifier);
  }

  known(userId: string): Bucket {
    return this.bucket('known', userId);
  }

  /** Buckets of an account that strangers can fill and its owner can empty. */
  ofAccount(user: Pick<User, 'id' | 'usernameKey' | 'emailKey'>): Bucket[] {
    return [this.identifier(user.usernameKey), this.identifier(user.emailKey), this.known(user.id)];
  }

  private bucket(kind: keyof typeof policies, value: string): Bucket {
    return { name: `${kind}:${keyedHash(this.key, `sign-in-failure:${kind}`, value)}`, policy: policies[kind] };
  }
}
