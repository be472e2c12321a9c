import type { MigrationInterface, QueryRunner } from 'typeorm';

/** First schema of idp: people, their sessions, and counters of failed sign-ins. */
export class Initial1763800000000 implements MigrationInterface {
  readonly name = 'Initial1763800000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE user_account (
        id                  uuid        PRIMARY KEY,
        username            text        NOT NULL,
        username_key        text        NOT NULL CONSTRAINT user_account_username UNIQUE,
        email               text        NOT NULL,
        email_key           text        NOT NULL CONSTRAINT user_account_email UNIQUE,
        email_verified      boolean     NOT NULL,
        name                text        NOT NULL,
        roles               text[]      NOT NULL,
        password_hash       text,
        disabled_at         timestamptz,
        sessions_valid_from timestamptz NOT NULL,
        created_at          timestamptz NOT NULL,
        updated_at          timestamptz NOT NULL
      );

      CREATE TABLE idp_session (
        id_hash      text        PRIMARY KEY,
        handle       uuid        NOT NULL CONSTRAINT idp_session_handle UNIQUE,
        user_id      uuid        NOT NULL REFERENCES user_account ON DELETE CASCADE,
        amr          text[]      NOT NULL,
        auth_time    timestamptz NOT NULL,
        last_seen_at timestamptz NOT NULL,
        expires_at   timestamptz NOT NULL
      );
      CREATE INDEX idp_session_user ON idp_session (user_id);
      CREATE INDEX idp_session_expiry ON idp_session (expires_at);

      CREATE TABLE sign_in_failure (
        bucket        text        PRIMARY KEY,
        failures      integer     NOT NULL,
        blocked_until timestamptz,
        expires_at    timestamptz NOT NULL
      );
      CREATE INDEX sign_in_failure_expiry ON sign_in_failure (expires_at);
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE sign_in_failure, idp_session, user_account');
  }
}
