import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Elastic keys and their versions. Readable columns serve queries; the sealed ones are what is believed. */
export class ElasticKeys1763769600001 implements MigrationInterface {
  readonly name = 'ElasticKeys1763769600001';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE elastic_keys (
        id              uuid        PRIMARY KEY,
        tenant          text        NOT NULL,
        name            text        NOT NULL,
        description     text        NOT NULL DEFAULT '',
        algorithm       text        NOT NULL,
        status          text        NOT NULL,
        current_version integer     NOT NULL,
        generation      integer     NOT NULL,
        epoch           integer     NOT NULL,
        sealed_state    bytea       NOT NULL,
        created_at      timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
        updated_at      timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
        UNIQUE (tenant, name)
      )`);
    await runner.query('CREATE INDEX elastic_keys_by_creation ON elastic_keys (tenant, created_at, id)');
    await runner.query(`
      CREATE TABLE material_keys (
        id              uuid        PRIMARY KEY,
        elastic_key_id  uuid        NOT NULL REFERENCES elastic_keys,
        tenant          text        NOT NULL,
        version         integer     NOT NULL,
        status          text        NOT NULL,
        generation      integer     NOT NULL,
        epoch           integer     NOT NULL,
        sealed_state    bytea       NOT NULL,
        sealed_material bytea       NOT NULL,
        public_jwk      jsonb,
        message_count   bigint      NOT NULL DEFAULT 0,
        created_at      timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
        UNIQUE (elastic_key_id, version)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE material_keys, elastic_keys');
  }
}
