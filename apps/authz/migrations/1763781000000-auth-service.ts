import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What the Auth Service v1.0 API stores: its clients, the endpoints they may call, and the ids of tokens that must not be accepted (again). */
export class AuthService1763781000000 implements MigrationInterface {
  readonly name = 'AuthService1763781000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE gateway_client (
        client_id        text        PRIMARY KEY,
        name             text        NOT NULL,
        secret_hash      text        NOT NULL,
        access_token_ttl integer     NOT NULL CHECK (access_token_ttl BETWEEN 1 AND 86400),
        allowed_scopes   text[]      NOT NULL,
        active           boolean     NOT NULL,
        created_at       timestamptz NOT NULL DEFAULT now(),
        updated_at       timestamptz NOT NULL DEFAULT now()
      );

      CREATE TABLE gateway_endpoint (
        id          uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
        url         text        NOT NULL,
        is_pattern  boolean     NOT NULL,
        method      text        NOT NULL,
        scope       text        NOT NULL,
        description text        NOT NULL,
        active      boolean     NOT NULL,
        created_at  timestamptz NOT NULL DEFAULT now(),
        updated_at  timestamptz NOT NULL DEFAULT now(),
        UNIQUE (url, method)
      );

      CREATE TABLE gateway_spent_token (
        token_id    uuid        PRIMARY KEY,
        one_time    boolean     NOT NULL,
        expires_at  timestamptz NOT NULL,
        recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
      );
      CREATE INDEX gateway_spent_token_expiry ON gateway_spent_token (expires_at);
      CREATE INDEX gateway_spent_token_revocation ON gateway_spent_token (recorded_at) WHERE NOT one_time;
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE gateway_spent_token, gateway_endpoint, gateway_client');
  }
}
