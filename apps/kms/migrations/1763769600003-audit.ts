import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The audit chain: each event with the hash of all before it, and the head that appending locks. */
export class Audit1763769600003 implements MigrationInterface {
  readonly name = 'Audit1763769600003';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE audit_events (
        seq      bigint PRIMARY KEY,
        tenant   text,
        key_id   text,
        event    text   NOT NULL,
        previous bytea  NOT NULL,
        hash     bytea  NOT NULL
      )`);
    await runner.query('CREATE INDEX audit_events_of_tenant ON audit_events (tenant, seq)');
    await runner.query(`
      CREATE TABLE audit_head (
        id   smallint PRIMARY KEY CHECK (id = 1),
        seq  bigint   NOT NULL,
        hash bytea    NOT NULL
      )`);
    await runner.query(`INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, sha256(''))`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE audit_head, audit_events');
  }
}
