import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { createDataSource, databaseReady } from '@cryptoutil/database';
import { countStatements, startTestPostgres, temporaryDatabase, type TemporaryDatabase } from './index.js';

class Things1767225600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE things (id int PRIMARY KEY)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE things');
  }
}

describe('temporaryDatabase', () => {
  let database: TemporaryDatabase;
  beforeAll(async () => {
    database = await temporaryDatabase({ migrations: [Things1767225600000] });
  });
  afterAll(() => database.drop());

  it('applies the migrations it is given, as an owner that is no superuser', async () => {
    expect(await database.sql('SELECT count(*)::int AS n FROM things')).toEqual([{ n: 0 }]);
    expect(await database.sql('SELECT rolsuper FROM pg_roles WHERE rolname = current_user')).toEqual([
      { rolsuper: false },
    ]);
  });

  it('keeps databases apart: the role of one may not connect to another', async () => {
    const other = await temporaryDatabase();
    const intruder = createDataSource({ ...database.settings, name: other.settings.name }, {});
    await expect(intruder.initialize()).rejects.toThrow(/permission denied/);
    await other.drop();
  });

  it('drops the database even while sessions are open, and may be asked twice', async () => {
    const gone = await temporaryDatabase();
    const dataSource = createDataSource(gone.settings, {});
    await dataSource.initialize();
    await gone.drop();
    await gone.drop();
    expect(await databaseReady(dataSource)).toBe(false);
    await dataSource.destroy();
  });

  it('starts one server for the whole process', async () => {
    expect(await startTestPostgres()).toBe(await startTestPostgres());
  });

  it('counts reads and writes and leaves out what brackets a transaction', async () => {
    const dataSource = createDataSource(database.settings, {});
    await dataSource.initialize();
    const count = await countStatements(dataSource, () =>
      dataSource.transaction(async (tx) => {
        await tx.query('INSERT INTO things VALUES (1)');
        await tx.query('SELECT id FROM things WHERE id = 1 FOR UPDATE');
        await tx.query('WITH gone AS (DELETE FROM things RETURNING id) SELECT id FROM gone');
      }),
    );
    expect(count).toEqual({ reads: 1, writes: 2 });
    await dataSource.destroy();
  });
});
