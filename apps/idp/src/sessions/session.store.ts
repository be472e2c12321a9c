import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { User } from '../users/user.entity.js';
import { Session } from './session.entity.js';

/** A session and the person whose it is. */
export type SignedIn = Session & Pick<User, 'username' | 'name' | 'email'>;

/** What must be true at the very moment a session is written. */
export interface SessionConditions {
  /** The hash the password was checked against: the password has not been changed meanwhile. */
  readonly passwordHash: string;
  /** Buckets of failed sign-ins that must be open. */
  readonly openBuckets: readonly string[];
}

const conditions = `
  u.disabled_at IS NULL AND u.password_hash = $9 AND u.sessions_valid_from <= $5
  AND NOT EXISTS (SELECT 1 FROM sign_in_failure f WHERE f.bucket = ANY($8) AND f.blocked_until > $6)`;

/** SQL of sessions. */
@Injectable()
export class SessionStore {
  constructor(private readonly dataSource: DataSource) {}

  /** Writes a new session if the conditions hold, in one statement. */
  async insert(session: Session, required: SessionConditions): Promise<boolean> {
    const rows: unknown[] = await this.dataSource.query(
      `INSERT INTO idp_session (id_hash, handle, user_id, amr, auth_time, last_seen_at, expires_at)
       SELECT $1, $2::uuid, u.id, $4::text[], $5::timestamptz, $6::timestamptz, $7::timestamptz
         FROM user_account u WHERE u.id = $3 AND ${conditions}
       RETURNING 1`,
      parameters(session, required),
    );
    return rows.length === 1;
  }

  /** Gives the session with the old hash a new id and a new time of authentication if it is this user's and the conditions hold. */
  async renew(oldIdHash: string, session: Session, required: SessionConditions): Promise<boolean> {
    const [rows]: [unknown[]] = await this.dataSource.query(
      `UPDATE idp_session s
          SET id_hash = $1, amr = $4::text[], auth_time = $5::timestamptz, last_seen_at = $6::timestamptz, expires_at = $7::timestamptz
         FROM user_account u
        WHERE s.id_hash = $10 AND s.handle = $2::uuid AND s.user_id = $3 AND u.id = s.user_id AND ${conditions}
       RETURNING 1`,
      [...parameters(session, required), oldIdHash],
    );
    return rows.length === 1;
  }

  /** A live session with its user: within its absolute end, seen since `idleSince`, the account on and its sessions not voided. */
  async find(idHash: string, now: Date, idleSince: Date): Promise<SignedIn | undefined> {
    return this.live('s.id_hash = $1', idHash, now, idleSince);
  }

  /** The same, of the session that authz knows by this handle. */
  async findByHandle(handle: string, now: Date, idleSince: Date): Promise<SignedIn | undefined> {
    return this.live('s.handle = $1::uuid', handle, now, idleSince);
  }

  private async live(
    which: 's.id_hash = $1' | 's.handle = $1::uuid',
    value: string,
    now: Date,
    idleSince: Date,
  ): Promise<SignedIn | undefined> {
    const rows: SignedIn[] = await this.dataSource.query(
      `SELECT s.id_hash AS "idHash", s.handle, s.user_id AS "userId", s.amr, s.auth_time AS "authTime",
              s.last_seen_at AS "lastSeenAt", s.expires_at AS "expiresAt", u.username, u.name, u.email
         FROM idp_session s JOIN user_account u ON u.id = s.user_id
        WHERE ${which} AND s.expires_at > $2 AND s.last_seen_at > $3
          AND u.disabled_at IS NULL AND u.sessions_valid_from <= s.auth_time`,
      [value, now, idleSince],
    );
    return rows[0];
  }

  async touch(idHash: string, now: Date): Promise<void> {
    await this.dataSource.query('UPDATE idp_session SET last_seen_at = $2 WHERE id_hash = $1 AND last_seen_at < $2', [
      idHash,
      now,
    ]);
  }

  async removeByIdHash(idHash: string): Promise<void> {
    await this.dataSource.getRepository(Session).delete({ idHash });
  }

  async removeByHandle(handle: string): Promise<void> {
    await this.dataSource.getRepository(Session).delete({ handle });
  }

  async removeByUser(tx: EntityManager, userId: string): Promise<void> {
    await tx.getRepository(Session).delete({ userId });
  }

  async removeEnded(now: Date, idleSince: Date): Promise<void> {
    await this.dataSource.query('DELETE FROM idp_session WHERE expires_at <= $1 OR last_seen_at <= $2', [
      now,
      idleSince,
    ]);
  }
}

const parameters = (session: Session, { passwordHash, openBuckets }: SessionConditions): unknown[] => [
  session.idHash,
  session.handle,
  session.userId,
  session.amr,
  session.authTime,
  session.lastSeenAt,
  session.expiresAt,
  openBuckets,
  passwordHash,
];
