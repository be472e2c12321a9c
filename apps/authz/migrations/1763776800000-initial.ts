import type { MigrationInterface, QueryRunner } from 'typeorm';

/** First schema of authz: what oidc-provider stores, clients, and the cached public half of the signing keys. */
export class Initial1763776800000 implements MigrationInterface {
  readonly name = 'Initial1763776800000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE artifact (
        model       text        NOT NULL,
        id_hash     text        NOT NULL,
        payload     jsonb       NOT NULL,
        grant_hash  text,
        uid_hash    text,
        consumed_at timestamptz,
        retried_at  timestamptz,
        expires_at  timestamptz NOT NULL,
        PRIMARY KEY (model, id_hash)
      );
      CREATE INDEX artifact_grant ON artifact (grant_hash) WHERE grant_hash IS NOT NULL;
      CREATE INDEX artifact_uid ON artifact (model, uid_hash) WHERE uid_hash IS NOT NULL;
      CREATE INDEX artifact_expiry ON artifact (expires_at);

      CREATE TABLE login_request (
        uid_hash            text        PRIMARY KEY,
        challenge_hash      text        NOT NULL UNIQUE,
        payload             jsonb       NOT NULL,
        answer              jsonb,
        verifier_hash       text,
        verifier_expires_at timestamptz,
        verifier_used_at    timestamptz,
        expires_at          timestamptz NOT NULL
      );
      CREATE INDEX login_request_expiry ON login_request (expires_at);

      CREATE TABLE client (
        client_id  text        PRIMARY KEY,
        metadata   jsonb       NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );

      CREATE TABLE signing_key (
        kid        text        PRIMARY KEY,
        alg        text        NOT NULL,
        public_jwk jsonb       NOT NULL,
        is_current boolean     NOT NULL,
        seen_at    timestamptz NOT NULL DEFAULT now()
      );
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE signing_key, client, login_request, artifact');
  }
}
