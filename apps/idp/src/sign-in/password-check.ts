import { Injectable, type OnModuleInit } from '@nestjs/common';
import { hashPassword, passwordNeedsRehash, randomToken, verifyPassword } from '@cryptoutil/crypto';
import type { User } from '../users/user.entity.js';
import { UserStore } from '../users/user.store.js';

/** Thrown when more password checks wait than can be done in a few seconds; tell the browser to come back. */
export class TooManyPasswordChecks extends Error {
  override readonly name = 'TooManyPasswordChecks';
  readonly retryAfterSeconds = 2;
}

/** Each takes 19 MiB and about 30 ms of one core; more than this in line would only be answered too late. */
const MAX_WAITING = 128;

/** Checks passwords at the same cost whether or not the account exists, has a password or is switched off. */
@Injectable()
export class PasswordCheck implements OnModuleInit {
  /** Checks under way and in line, at most. */
  maxWaiting = MAX_WAITING;
  private waiting = 0;
  private decoy: Promise<string> | undefined;

  constructor(private readonly users: UserStore) {}

  async verify(user: User | null, password: string): Promise<boolean> {
    if (this.waiting >= this.maxWaiting) throw new TooManyPasswordChecks();
    this.waiting += 1;
    try {
      const matches = await verifyPassword(user?.passwordHash ?? (await this.decoyHash()), password);
      return matches && user?.passwordHash != null && user.disabledAt === null;
    } finally {
      this.waiting -= 1;
    }
  }

  /** Moves a hash of a lower cost to today's, now that the password is at hand. */
  async strengthen(user: User, password: string): Promise<void> {
    if (user.passwordHash === null || !passwordNeedsRehash(user.passwordHash)) return;
    await this.users.replacePasswordHash(user.id, user.passwordHash, await hashPassword(password));
  }

  /** Makes the decoy before the first request, so that the first unknown name costs no more than the next. */
  async onModuleInit(): Promise<void> {
    await this.decoyHash();
  }

  /** A hash of a password that nobody knows. */
  private decoyHash(): Promise<string> {
    this.decoy ??= hashPassword(randomToken());
    return this.decoy;
  }
}
