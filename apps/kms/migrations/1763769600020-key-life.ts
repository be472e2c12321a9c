import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Sizes of keys, where versions come from and when their life changes, last use, and keys under which material is brought in. Only adds. */
export class KeyLife1763769600020 implements MigrationInterface {
  readonly name = 'KeyLife1763769600020';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE elastic_keys ADD COLUMN key_bits integer');
    await runner.query(`
      ALTER TABLE material_keys
        ADD COLUMN origin         text NOT NULL DEFAULT 'generated',
        ADD COLUMN activates_at   timestamptz,
        ADD COLUMN decrypts_until timestamptz,
        ADD COLUMN destroy_at     timestamptz,
        ADD COLUMN last_used_at   timestamptz`);
    await runner.query(
      `CREATE INDEX material_keys_to_destroy ON material_keys (destroy_at) WHERE destroy_at IS NOT NULL AND status <> 'destroyed'`,
    );
    await runner.query(
      `CREATE INDEX material_keys_to_activate ON material_keys (activates_at) WHERE activates_at IS NOT NULL AND status = 'enabled'`,
    );
    await runner.query(`
      CREATE TABLE wrapping_keys (
        id         uuid        PRIMARY KEY,
        tenant     text        NOT NULL,
        epoch      integer     NOT NULL,
        sealed     bytea       NOT NULL,
        expires_at timestamptz NOT NULL
      )`);
    await runner.query('CREATE INDEX wrapping_keys_by_expiry ON wrapping_keys (expires_at)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE wrapping_keys');
    await runner.query(`
      ALTER TABLE material_keys
        DROP COLUMN origin, DROP COLUMN activates_at, DROP COLUMN decrypts_until, DROP COLUMN destroy_at, DROP COLUMN last_used_at`);
    await runner.query('ALTER TABLE elastic_keys DROP COLUMN key_bits');
  }
}
