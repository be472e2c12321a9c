import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A person. `id` is the `sub` of tokens; it never changes and is never the username. */
@Entity('user_account')
export class User {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  username!: string;

  /** The username as it is compared: see `identifierKey`. */
  @Column('text', { name: 'username_key' })
  usernameKey!: string;

  @Column('text')
  email!: string;

  @Column('text', { name: 'email_key' })
  emailKey!: string;

  @Column('boolean', { name: 'email_verified' })
  emailVerified!: boolean;

  @Column('text')
  name!: string;

  @Column('text', { array: true })
  roles!: string[];

  /** argon2id PHC string; null: nobody can sign in with a password. */
  @Column('text', { name: 'password_hash', nullable: true })
  passwordHash!: string | null;

  /** Since when the account is switched off; null: it is on. */
  @Column('timestamptz', { name: 'disabled_at', nullable: true })
  disabledAt!: Date | null;

  /** Sessions authenticated earlier than this are void, even if their row is written later. */
  @Column('timestamptz', { name: 'sessions_valid_from' })
  sessionsValidFrom!: Date;

  @Column('timestamptz', { name: 'created_at' })
  createdAt!: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt!: Date;
}
