import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The resources people and clients keep here. `secret_note` is stored only as the compact JWE the kms made of it. */
export class CreateProtectedResource1795305600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE protected_resource (
        id uuid PRIMARY KEY,
        owner text NOT NULL,
        name text NOT NULL,
        description text,
        secret_note_jwe text NOT NULL,
        created_at timestamptz NOT NULL
      )`);
    await runner.query('CREATE INDEX protected_resource_of_owner ON protected_resource (owner, id)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE protected_resource');
  }
}
