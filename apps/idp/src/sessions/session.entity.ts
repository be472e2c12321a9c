import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A browser in which somebody is signed in. */
@Entity('idp_session')
export class Session {
  /** Keyed hash of the cookie's value; the value itself is stored nowhere. */
  @PrimaryColumn('text', { name: 'id_hash' })
  idHash!: string;

  /** Name of the session for authz (`idp_session` on the wire). Opens nothing: only the cookie does. */
  @Column('uuid')
  handle!: string;

  @Column('uuid', { name: 'user_id' })
  userId!: string;

  /** How the person was authenticated (RFC 8176). */
  @Column('text', { array: true })
  amr!: string[];

  @Column('timestamptz', { name: 'auth_time' })
  authTime!: Date;

  @Column('timestamptz', { name: 'last_seen_at' })
  lastSeenAt!: Date;

  /** The absolute end, however busy the session is. */
  @Column('timestamptz', { name: 'expires_at' })
  expiresAt!: Date;
}
