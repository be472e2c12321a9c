import { Column, Entity, PrimaryColumn } from 'typeorm';

/** How often signing in has failed for one bucket: an identifier, an address, both together, or the known browsers of a user. */
@Entity('sign_in_failure')
export class SignInFailure {
  /** Keyed hash, so that the table names neither people nor addresses. */
  @PrimaryColumn('text')
  bucket!: string;

  @Column('integer')
  failures!: number;

  @Column('timestamptz', { name: 'blocked_until', nullable: true })
  blockedUntil!: Date | null;

  /** When the count is forgotten. */
  @Column('timestamptz', { name: 'expires_at' })
  expiresAt!: Date;
}
