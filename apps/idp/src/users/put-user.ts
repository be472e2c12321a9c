import { inTransaction } from '@cryptoutil/database';
import { Problem } from '@cryptoutil/http';
import { Injectable } from '@nestjs/common';
import { hashPassword, uuid, verifyPassword } from '@cryptoutil/crypto';
import { DataSource, type EntityManager } from 'typeorm';
import { Clock } from '../clock.js';
import { SignInReset } from '../limits/sign-in-reset.js';
import { SessionStore } from '../sessions/session.store.js';
import { identifierKey } from './identifier.js';
import { passwordProblem } from './password-policy.js';
import type { User } from './user.entity.js';
import type { PutUser } from './user.schema.js';
import { UserStore } from './user.store.js';

export interface PutOutcome {
  readonly user: User;
  readonly created: boolean;
}

/** Creates a user or replaces what is known of one. */
@Injectable()
export class PutUserAccount {
  constructor(
    private readonly dataSource: DataSource,
    private readonly users: UserStore,
    private readonly sessions: SessionStore,
    private readonly signInReset: SignInReset,
    private readonly clock: Clock,
  ) {}

  /**
   * A new password or switching off ends every session. Any call reopens a name that failed sign-ins had shut. Throws `Problem` 400 for a
   * weak password, 409 `email_taken`.
   */
  async put(username: string, wanted: PutUser): Promise<PutOutcome> {
    const key = identifierKey(username);
    refuseWeakPassword(username, wanted);
    const before = await this.users.findByUsername(key);
    const passwordHash = await newHash(before, wanted.password);
    try {
      return await inTransaction(this.dataSource, (tx) => this.write(tx, username, wanted, passwordHash));
    } catch (error) {
      const constraint = violatedConstraint(error);
      if (constraint === 'user_account_email') {
        throw new Problem({ status: 409, code: 'email_taken', detail: 'Another user has this e-mail address.' });
      }
      // Somebody created the same name at the same moment; now it can be replaced.
      if (constraint === 'user_account_username' && before === null) return this.put(username, wanted);
      throw error;
    }
  }

  private async write(
    tx: EntityManager,
    username: string,
    wanted: PutUser,
    passwordHash: string | undefined,
  ): Promise<PutOutcome> {
    const now = this.clock.now();
    const before = await this.users.lockByUsername(tx, identifierKey(username));
    const user = merged(before, username, wanted, passwordHash, now);
    const endsSessions = before !== null && (passwordHash !== undefined || wanted.disabled);
    if (endsSessions) {
      user.sessionsValidFrom = now;
      await this.sessions.removeByUser(tx, user.id);
    }
    await (before === null ? this.users.insert(tx, user) : this.users.update(tx, user));
    await this.signInReset.ofUser(tx, user);
    return { user, created: before === null };
  }
}

const merged = (
  before: User | null,
  username: string,
  wanted: PutUser,
  passwordHash: string | undefined,
  now: Date,
): User => ({
  id: before?.id ?? uuid(),
  username,
  usernameKey: identifierKey(username),
  email: wanted.email,
  emailKey: identifierKey(wanted.email),
  emailVerified: wanted.email_verified,
  name: wanted.name,
  roles: wanted.roles,
  passwordHash: passwordHash ?? before?.passwordHash ?? null,
  disabledAt: wanted.disabled ? (before?.disabledAt ?? now) : null,
  sessionsValidFrom: before?.sessionsValidFrom ?? now,
  createdAt: before?.createdAt ?? now,
  updatedAt: now,
});

const refuseWeakPassword = (username: string, { password, email, name }: PutUser): void => {
  const problem = password === undefined ? undefined : passwordProblem(password, { username, email, name });
  if (problem === undefined) return;
  throw new Problem({
    status: 400,
    code: 'weak_password',
    detail: problem,
    fields: [{ name: 'password', detail: problem }],
  });
};

/** `undefined` when the password stays as it is; setting the same one again ends nobody's session. */
const newHash = async (before: User | null, password: string | undefined): Promise<string | undefined> => {
  if (password === undefined) return undefined;
  const same = before?.passwordHash != null && (await verifyPassword(before.passwordHash, password));
  return same ? undefined : hashPassword(password);
};

const violatedConstraint = (error: unknown): string | undefined => {
  const { code, constraint } = ((error as { driverError?: unknown }).driverError ?? {}) as {
    code?: string;
    constraint?: string;
  };
  return code === '23505' ? constraint : undefined;
};
