import { Injectable } from '@nestjs/common';
import { keyedHash, randomToken, uuid, type Secret } from '@cryptoutil/crypto';
import { Clock } from '../clock.js';
import type { Session } from './session.entity.js';
import { ABSOLUTE_MS, IDLE_MS, TOUCH_EVERY_MS } from './session-lifetime.js';
import { SessionStore, type SessionConditions, type SignedIn } from './session.store.js';

/** What was proved when somebody signed in. */
export interface Authentication {
  readonly userId: string;
  readonly amr: readonly string[];
  /** When the proof was begun: what voids sessions later than this voids this one too. */
  readonly authTime: Date;
}

export interface OpenedSession {
  /** For the cookie alone; stored nowhere. */
  readonly cookieValue: string;
  readonly handle: string;
  readonly authTime: Date;
  readonly amr: readonly string[];
  readonly userId: string;
}

/** Sessions of browsers at idp. */
@Injectable()
export class Sessions {
  constructor(
    private readonly store: SessionStore,
    private readonly key: Secret,
    private readonly clock: Clock,
  ) {}

  /** The live session of a cookie value. Notes its use, at most once a minute. */
  async find(cookieValue: string | undefined): Promise<SignedIn | undefined> {
    if (cookieValue === undefined || !/^[\w-]{43}$/.test(cookieValue)) return undefined;
    const now = this.clock.now();
    return this.noted(await this.store.find(this.hash(cookieValue), now, idleSince(now)), now);
  }

  /** The live session that authz knows by this handle. A sign-in to an application by it is a use as well. */
  async findByHandle(handle: string): Promise<SignedIn | undefined> {
    const now = this.clock.now();
    return this.noted(await this.store.findByHandle(handle, now, idleSince(now)), now);
  }

  /**
   * Opens a session under a new id: a renewal of `current` when that is the same person's (authz keeps knowing it by its handle), else a
   * new one in its place. `undefined` when a condition no longer holds.
   */
  async open(
    authentication: Authentication,
    conditions: SessionConditions,
    current?: SignedIn,
  ): Promise<OpenedSession | undefined> {
    const cookieValue = randomToken();
    const same = current?.userId === authentication.userId ? current : undefined;
    const session = this.session(this.hash(cookieValue), same?.handle ?? uuid(), authentication);
    const opened: OpenedSession = { cookieValue, handle: session.handle, ...authentication };
    if (same && (await this.store.renew(same.idHash, session, conditions))) return opened;
    // The session to renew may have ended meanwhile: then a new one is opened, under a handle of its own.
    const fresh = same ? { ...session, handle: uuid() } : session;
    if (!(await this.store.insert(fresh, conditions))) return undefined;
    if (current && !same) await this.store.removeByIdHash(current.idHash);
    return { ...opened, handle: fresh.handle };
  }

  /** Ends the session of this browser. */
  async end(session: Pick<Session, 'idHash'>): Promise<void> {
    await this.store.removeByIdHash(session.idHash);
  }

  private async noted(found: SignedIn | undefined, now: Date): Promise<SignedIn | undefined> {
    if (found && now.getTime() - found.lastSeenAt.getTime() >= TOUCH_EVERY_MS)
      await this.store.touch(found.idHash, now);
    return found;
  }

  private hash(cookieValue: string): string {
    return keyedHash(this.key, 'idp-session', cookieValue);
  }

  private session(idHash: string, handle: string, { userId, amr, authTime }: Authentication): Session {
    const now = this.clock.now();
    const expiresAt = new Date(authTime.getTime() + ABSOLUTE_MS);
    return { idHash, handle, userId, amr: [...amr], authTime, lastSeenAt: now, expiresAt };
  }
}

const idleSince = (now: Date): Date => new Date(now.getTime() - IDLE_MS);
