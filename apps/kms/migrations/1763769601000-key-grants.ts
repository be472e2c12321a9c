import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who may use a key whose access is by grants. Only adds: the version before refuses such a key, because it cannot prove its state. */
export class KeyGrants1763769601000 implements MigrationInterface {
  readonly name = 'KeyGrants1763769601000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`ALTER TABLE elastic_keys ADD COLUMN access text NOT NULL DEFAULT 'tenant'`);
    await runner.query(`
      CREATE TABLE key_grants (
        id             uuid        PRIMARY KEY,
        tenant         text        NOT NULL,
        elastic_key_id uuid        NOT NULL REFERENCES elastic_keys,
        subject        text,
        client_id      text,
        operations     text[]      NOT NULL,
        context_rule   jsonb,
        expires_at     timestamptz,
        created_by     text        NOT NULL,
        created_at     timestamptz NOT NULL,
        epoch          integer     NOT NULL,
        sealed         bytea       NOT NULL,
        CHECK (subject IS NOT NULL OR client_id IS NOT NULL)
      )`);
    await runner.query('CREATE INDEX key_grants_of_key ON key_grants (elastic_key_id, id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE key_grants');
    await runner.query('ALTER TABLE elastic_keys DROP COLUMN access');
  }
}
