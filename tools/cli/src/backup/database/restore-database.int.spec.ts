import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { migrate } from '@cryptoutil/database';
import { temporaryDatabase, type TemporaryDatabase } from '@cryptoutil/testing';
import type { QueryRunner } from 'typeorm';
import type { DatabaseDetails } from '../sets/manifest.js';
import { restoreDatabase, takePlace } from './restore-database.js';
import { connect } from './connections.js';
import { DatabaseSnapshot } from './snapshot.js';

/** What the migrations of later versions may hold: references in a circle and against the order of names, sequences, triggers, rows of their own. */
class Difficult1700000000000 {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE SEQUENCE numbers START 100;
      CREATE TABLE z_parent (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, up int REFERENCES z_parent, favourite int);
      CREATE TABLE a_child (id bigint PRIMARY KEY DEFAULT nextval('numbers'), parent int NOT NULL REFERENCES z_parent ON DELETE CASCADE,
        twice bigint GENERATED ALWAYS AS (id * 2) STORED, at timestamptz DEFAULT now(), data jsonb, raw bytea, price numeric, wide float8);
      ALTER TABLE z_parent ADD CONSTRAINT favourite FOREIGN KEY (favourite) REFERENCES a_child DEFERRABLE INITIALLY DEFERRED;
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'append only'; END $$;
      CREATE TRIGGER sealed BEFORE UPDATE OR DELETE ON a_child FOR EACH ROW EXECUTE FUNCTION refuse();
      CREATE TABLE "Strange ""name" ("a column" text);
      CREATE TABLE counters (name text PRIMARY KEY, value int);
      INSERT INTO counters VALUES ('first', 0)`);
  }
}
class Later1700000000001 {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE counters ADD COLUMN later int');
  }
}
// TypeORM wants a way back as well.
for (const one of [Difficult1700000000000, Later1700000000001])
  Object.assign(one.prototype, { down: () => Promise.resolve() });
const first = [Difficult1700000000000] as never[];
const both = [Difficult1700000000000, Later1700000000001] as never[];

describe('a database and its dump', () => {
  let source: TemporaryDatabase;
  let target: TemporaryDatabase;
  beforeEach(async () => {
    [source, target] = [await temporaryDatabase({ migrations: first }), await temporaryDatabase()];
    await source.sql(`
      INSERT INTO z_parent (up) VALUES (NULL), (1), (2);
      INSERT INTO a_child (parent, data, raw, price, wide)
        SELECT 1 + n % 3, json_build_object('n', n, 'text', E'\\\\ "\\n'), sha256(n::text::bytea), n / 7.0, n / 7.0 FROM generate_series(1, 5000) n;
      UPDATE z_parent SET favourite = 104;
      UPDATE counters SET value = 42;
      INSERT INTO "Strange ""name" VALUES ('x')`);
  });
  afterEach(() => Promise.all([source.drop(), target.drop()]));

  /** A dump held in memory. */
  const dumped = async () => {
    const snapshot = await DatabaseSnapshot.take('rs', source.settings);
    const parts: Buffer[] = [];
    const dump = snapshot.dump();
    let next = await dump.next();
    for (; !next.done; next = await dump.next()) parts.push(next.value);
    await snapshot.release();
    return { parts, details: next.value };
  };
  const stream = (parts: readonly Buffer[]): AsyncIterable<Buffer> => Readable.from(parts);
  const restore = (details: DatabaseDetails, parts: readonly Buffer[], known: never[] = first) =>
    restoreDatabase(target.settings, details, stream(parts), 'staging', known);
  const everything = async (database: TemporaryDatabase) => ({
    parents: await database.sql('SELECT * FROM z_parent ORDER BY id'),
    children: await database.sql('SELECT * FROM a_child ORDER BY id'),
    counters: await database.sql('SELECT name, value FROM counters'),
    strange: await database.sql('SELECT * FROM "Strange ""name"'),
  });
  const put = async () => {
    const client = await connect(target.settings);
    await takePlace(client, 'staging', 'before').finally(() => client.end());
  };

  it('are the same, whatever a schema holds, and go on alike', async () => {
    const { details, parts } = await dumped();
    expect(details.migrations).toEqual(['Difficult1700000000000']);
    expect(await restore(details, parts)).toMatchObject({ tables: 4, rows: 5005, shapeDiffers: [] });
    expect(await target.sql(`SELECT to_regclass('public.a_child') AS there`)).toEqual([{ there: null }]);
    await put();
    expect(await everything(target)).toEqual(await everything(source));
    const add = 'INSERT INTO a_child (parent) VALUES (1) RETURNING id::int, twice::int';
    expect(await target.sql(add)).toEqual(await source.sql(add));
    await expect(target.sql('DELETE FROM a_child')).rejects.toThrow('append only');
    await expect(target.sql('INSERT INTO a_child (parent) VALUES (999)')).rejects.toThrow('a_child_parent_fkey');
    expect(await migrate(target.settings, { migrations: both })).toEqual(['Later1700000000001']);
  });

  it('is as it was when the snapshot was taken, whatever is written meanwhile', async () => {
    const snapshot = await DatabaseSnapshot.take('rs', source.settings);
    const before = await everything(source);
    await source.sql(`INSERT INTO z_parent (up) VALUES (1); UPDATE counters SET value = 7`);
    const parts: Buffer[] = [];
    const dump = snapshot.dump();
    let next = await dump.next();
    for (; !next.done; next = await dump.next()) parts.push(next.value);
    await snapshot.release();
    await restore(next.value, parts);
    await put();
    expect(await everything(target)).toEqual(before);
  });

  it('of an older version gets the schema of that version, one of a newer is refused by name', async () => {
    const { details, parts } = await dumped();
    expect(await restore(details, parts, both)).toMatchObject({ shapeDiffers: [] });
    const newer = { ...details, migrations: [...details.migrations, 'Tomorrow1800000000000'] };
    await target.sql('DROP SCHEMA staging CASCADE');
    await expect(restore(newer, parts)).rejects.toThrow(/newer version: this one does not know Tomorrow1800000000000/);
  });

  it('tells what somebody has changed by hand', async () => {
    await source.sql('CREATE INDEX by_hand ON counters (value)');
    const { details, parts } = await dumped();
    expect((await restore(details, parts)).shapeDiffers).toEqual([
      '- index CREATE INDEX by_hand ON counters USING btree (value)',
    ]);
  });

  it('must agree with the manifest, and leaves nothing in place when it does not', async () => {
    const { details, parts } = await dumped();
    const fewer = { ...details, tables: details.tables.map((one) => ({ ...one, rows: one.rows + 1 })) };
    await expect(restore(fewer, parts)).rejects.toThrow(/tables of rs are not what the backup promised/);
    await target.sql('DROP SCHEMA staging CASCADE');
    for (const cut of [parts.slice(0, -1), parts.slice(0, 3)]) {
      await expect(restore(details, cut)).rejects.toThrow(/dump ends/);
      await target.sql('DROP SCHEMA staging CASCADE');
    }
  });

  it('fails with the word of the database when that breaks', async () => {
    const snapshot = await DatabaseSnapshot.take('rs', source.settings);
    const dump = snapshot.dump();
    await dump.next();
    await source.sql(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'cryptoutil backup'`,
    );
    await expect(
      (async () => {
        for await (const part of dump) expect(part.length).toBeGreaterThan(0);
      })(),
    ).rejects.toThrow(/was not dumped: /);
    await snapshot.release();
  });
});
