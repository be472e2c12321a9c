import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Scheduled deletion, policies and expiry of keys, and aliases. Only adds, so that the version before runs on it too. */
export class KeyStates1763769600002 implements MigrationInterface {
  readonly name = 'KeyStates1763769600002';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE elastic_keys ADD COLUMN delete_after timestamptz, ADD COLUMN policy jsonb');
    await runner.query('ALTER TABLE material_keys ADD COLUMN expires_at timestamptz');
    await runner.query(
      `CREATE INDEX elastic_keys_to_destroy ON elastic_keys (delete_after) WHERE status = 'pending_deletion'`,
    );
    await runner.query(`CREATE INDEX elastic_keys_with_policy ON elastic_keys (id) WHERE policy IS NOT NULL`);
    await runner.query(`
      CREATE TABLE key_aliases (
        tenant         text        NOT NULL,
        alias          text        NOT NULL,
        elastic_key_id uuid        NOT NULL REFERENCES elastic_keys,
        epoch          integer     NOT NULL,
        sealed         bytea       NOT NULL,
        created_at     timestamptz NOT NULL DEFAULT date_trunc('milliseconds', now()),
        PRIMARY KEY (tenant, alias)
      )`);
    await runner.query('CREATE INDEX key_aliases_of_key ON key_aliases (elastic_key_id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE key_aliases');
    await runner.query('ALTER TABLE material_keys DROP COLUMN expires_at');
    await runner.query('ALTER TABLE elastic_keys DROP COLUMN delete_after, DROP COLUMN policy');
  }
}
