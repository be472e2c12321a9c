import { Injectable } from '@nestjs/common';
import { SignInLimits, type Admitted, type Blocked } from '../limits/sign-in-limits.js';
import { Sessions, type OpenedSession } from '../sessions/sessions.js';
import type { SignedIn } from '../sessions/session.store.js';
import { identifierKey } from '../users/identifier.js';
import type { User } from '../users/user.entity.js';
import { UserStore } from '../users/user.store.js';
import { KnownBrowsers } from './known-browser.js';
import { PasswordCheck } from './password-check.js';

/** What one POST of the sign-in form brings. */
export interface PasswordAttempt {
  readonly username: string;
  readonly password: string;
  /** Address of the peer. */
  readonly address: string;
  /** Value of the cookie of known browsers. */
  readonly knownBrowserCookie: string | undefined;
  readonly currentSession: SignedIn | undefined;
}

export type SignInOutcome =
  | { readonly kind: 'signed-in'; readonly session: OpenedSession; readonly knownBrowserCookie: string }
  /** Wrong name, wrong password, switched-off account: deliberately one answer. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'blocked'; readonly blocked: Blocked };

/** Signs a person in with a password. */
@Injectable()
export class SignIn {
  constructor(
    private readonly users: UserStore,
    private readonly limits: SignInLimits,
    private readonly passwords: PasswordCheck,
    private readonly sessions: Sessions,
    private readonly browsers: KnownBrowsers,
  ) {}

  async attempt(attempt: PasswordAttempt): Promise<SignInOutcome> {
    const identifier = identifierKey(attempt.username);
    const user = await this.users.findByIdentifier(identifier);
    const knownBrowser = user !== null && this.browsers.knows(attempt.knownBrowserCookie, user.id);
    const admission = await this.limits.admit({ identifier, address: attempt.address, user, knownBrowser });
    if (admission.blocked) return { kind: 'blocked', blocked: admission };
    if (!(await this.passwords.verify(user, attempt.password)) || user === null) return this.refuse(admission);
    const session = await this.openSession(user, admission, attempt.currentSession);
    // Blocked, disabled or the password changed while it was checked: the answer does not tell that it was right.
    if (!session) return this.refuse(admission);
    await this.limits.countSuccess(admission);
    await this.passwords.strengthen(user, attempt.password);
    return {
      kind: 'signed-in',
      session,
      knownBrowserCookie: this.browsers.remember(attempt.knownBrowserCookie, user.id),
    };
  }

  private openSession(user: User, { at: authTime, counted }: Admitted, current: SignedIn | undefined) {
    const conditions = { passwordHash: user.passwordHash!, openBuckets: counted.map(({ name }) => name) };
    return this.sessions.open({ userId: user.id, amr: ['pwd'], authTime }, conditions, current);
  }

  private async refuse(admission: Admitted): Promise<SignInOutcome> {
    await this.limits.countFailure(admission);
    return { kind: 'refused' };
  }
}
