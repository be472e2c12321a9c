import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Since when each JWT secret of the Auth Service v1.0 API has been signing: files forget it when they are handed over. */
export class AuthServiceJwtSecret1763802000000 implements MigrationInterface {
  readonly name = 'AuthServiceJwtSecret1763802000000';

  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE gateway_jwt_secret (
        kid           text        PRIMARY KEY,
        first_used_at timestamptz NOT NULL DEFAULT now()
      )
    `);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE gateway_jwt_secret');
  }
}
