import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Share sets with commitments, the barrier row, wrapped barrier keys. */
export class Barrier1763769600000 implements MigrationInterface {
  readonly name = 'Barrier1763769600000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE share_sets (
        share_set      text        PRIMARY KEY,
        shares         integer     NOT NULL CHECK (shares BETWEEN 2 AND 255),
        threshold      integer     NOT NULL CHECK (threshold BETWEEN 2 AND shares),
        root_epoch     integer     NOT NULL,
        commitment_key bytea       NOT NULL,
        root_check     bytea       NOT NULL,
        created_at     timestamptz NOT NULL DEFAULT now(),
        retired_at     timestamptz
      )`);
    await runner.query(`
      CREATE TABLE share_commitments (
        share_set   text    NOT NULL REFERENCES share_sets,
        share_index integer NOT NULL,
        commitment  bytea   NOT NULL,
        PRIMARY KEY (share_set, share_index)
      )`);
    await runner.query(`
      CREATE TABLE barrier (
        id             smallint    PRIMARY KEY CHECK (id = 1),
        share_set      text        NOT NULL REFERENCES share_sets,
        initialized_at timestamptz NOT NULL DEFAULT now()
      )`);
    await runner.query(`
      CREATE TABLE barrier_keys (
        kind         text        NOT NULL CHECK (kind IN ('intermediate', 'content')),
        epoch        integer     NOT NULL,
        parent_epoch integer     NOT NULL,
        wrapped      bytea       NOT NULL,
        created_at   timestamptz NOT NULL DEFAULT now(),
        retired_at   timestamptz,
        PRIMARY KEY (kind, epoch)
      )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE barrier_keys, barrier, share_commitments, share_sets');
  }
}
