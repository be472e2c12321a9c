import { afterAll, describe, expect, it } from '@jest/globals';
import { createDataSource, databaseReady, isDatabaseUnavailable } from '@cryptoutil/database';
import { ownTestPostgres, temporaryDatabase } from './index.js';
import { externalServer } from './test-postgres.js';

describe('ownTestPostgres', () => {
  const started: { remove(): Promise<void> }[] = [];
  afterAll(() => Promise.all(started.map((server) => server.remove())));

  it('can be stopped and restarted under an application, and keeps data and port', async () => {
    const server = await ownTestPostgres();
    started.push(server);
    const database = await temporaryDatabase({ server });
    await database.sql('CREATE TABLE kept AS SELECT 1 AS id');
    const dataSource = createDataSource(database.settings, {});
    await dataSource.initialize();
    await server.stop();
    const error: unknown = await dataSource.query('SELECT 1').catch((reason: unknown) => reason);
    expect(isDatabaseUnavailable(error)).toBe(true);
    await server.restart();
    while (!(await databaseReady(dataSource)));
    expect(await dataSource.query('SELECT id FROM kept')).toEqual([{ id: 1 }]);
    await dataSource.destroy();
  });
});

describe('CRYPTOUTIL_TEST_DATABASE_URL', () => {
  it('names an external server and its superuser', () => {
    expect(externalServer('postgres://ad%40min:p%2Fw@db.test:6432/postgres')).toEqual({
      ...{ host: 'db.test', port: 6432, user: 'ad@min', password: 'p/w' },
    });
    expect(externalServer('postgres://postgres:x@db.test/postgres')).toMatchObject({ port: 5432 });
  });
});
