import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { User } from '../users/user.entity.js';
import { SignInBuckets } from './sign-in-buckets.js';
import { SignInFailureStore } from './sign-in-failure.store.js';

/** Reopens what failed sign-ins have shut, for administrators. */
@Injectable()
export class SignInReset {
  constructor(
    private readonly failures: SignInFailureStore,
    private readonly buckets: SignInBuckets,
  ) {}

  async ofUser(tx: EntityManager, user: Pick<User, 'id' | 'usernameKey' | 'emailKey'>): Promise<void> {
    await this.failures.reset(this.buckets.ofAccount(user), tx);
  }
}
