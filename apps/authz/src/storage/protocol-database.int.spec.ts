import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDataSource } from '@cryptoutil/database';
import { temporaryDatabase, type TemporaryDatabase } from '@cryptoutil/testing';
import type { DataSource } from 'typeorm';
import { ProtocolDatabase } from './protocol-database.js';

describe('ProtocolDatabase.inRequest', () => {
  let temporary: TemporaryDatabase;
  let dataSource: DataSource;
  let database: ProtocolDatabase;

  beforeAll(async () => {
    temporary = await temporaryDatabase();
    dataSource = await createDataSource(temporary.settings, {}).initialize();
    await temporary.sql('CREATE TABLE noted (text text)');
    database = new ProtocolDatabase(dataSource);
  }, 60_000);
  afterAll(async () => {
    await dataSource.destroy();
    await temporary.drop();
  });

  const insert = (text: string) => database.write('INSERT INTO noted VALUES ($1)', [text]);
  const noted = async () => (await temporary.sql('SELECT text FROM noted')).map(({ text }) => text);

  it('never calls a request a success whose statement failed, even if nobody minded: COMMIT would discard it silently', async () => {
    const request = database.inRequest(
      async () => {
        await insert('before');
        await insert('a\0b').catch(() => undefined);
      },
      () => true,
    );
    await expect(request).rejects.toThrow(/invalid byte sequence/);
    expect(await noted()).toEqual([]);
  });

  it('revokes what a replay exposed however the request ends', async () => {
    const request = database.inRequest(
      async () => {
        await insert('discarded');
        database.discardAndThen(async () => void (await insert('revoked')));
        throw new Error('the answer could not be rendered');
      },
      () => true,
    );
    await expect(request).rejects.toThrow('could not be rendered');
    expect(await noted()).toEqual(['revoked']);
  });
});
