import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Counts the turns of the barrier. Only adds, so that the version before runs on it too. */
export class BarrierEpoch1763769600010 implements MigrationInterface {
  readonly name = 'BarrierEpoch1763769600010';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE barrier ADD COLUMN epoch integer NOT NULL DEFAULT 1');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE barrier DROP COLUMN epoch');
  }
}
