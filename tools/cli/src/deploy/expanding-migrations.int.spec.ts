import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, it } from '@jest/globals';
import * as authz from '@cryptoutil/authz';
import { migrate, type MigrationClass } from '@cryptoutil/database';
import * as idp from '@cryptoutil/idp';
import * as kms from '@cryptoutil/kms';
import * as rs from '@cryptoutil/rs';
import { temporaryDatabase, type TemporaryDatabase } from '@cryptoutil/testing';
import { narrowed, schemaShape } from './schema-shape.fixture.js';

const migrations: Readonly<Record<string, readonly MigrationClass[]>> = {
  authz: authz.migrations,
  idp: idp.migrations,
  kms: kms.migrations,
  rs: rs.migrations,
};

/** What may be narrower than before, by migration: a part of the sentence, and why the code of the version before does not mind. */
const allowed: Readonly<Record<string, readonly { readonly what: string; readonly because: string }[]>> = {};

describe.each(Object.entries(migrations))('the migrations of %s', (_name, steps) => {
  let database: TemporaryDatabase;
  beforeAll(async () => {
    database = await temporaryDatabase();
  });
  afterAll(() => database.drop());

  it.each(steps.map((step, index) => ({ step: step.name, index })))(
    '$step leaves what the version before reads and writes as it was',
    async ({ step, index }) => {
      const before = await schemaShape(database);
      await migrate(database.settings, { migrations: steps.slice(0, index + 1) });
      const known = allowed[step] ?? [];
      const taken = narrowed(before, await schemaShape(database));
      expect(taken.filter((sentence) => !known.some(({ what }) => sentence.includes(what)))).toEqual([]);
    },
  );
});

describe('a migration that the version before would not survive', () => {
  let database: TemporaryDatabase;
  beforeEach(async () => {
    database = await temporaryDatabase();
    for (const statement of [
      `CREATE TABLE item (id int PRIMARY KEY, name varchar(50), kind text NOT NULL DEFAULT 'a', size int CHECK (size > 0))`,
      `CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql RETURN 2 * n`,
    ])
      await database.sql(statement);
  });
  afterEach(() => database.drop());

  const after = async (statement: string): Promise<string[]> => {
    const before = await schemaShape(database);
    await database.sql(statement);
    return narrowed(before, await schemaShape(database));
  };

  it.each([
    ['DROP TABLE item', 'item.id is gone'],
    ['ALTER TABLE item DROP COLUMN name', 'item.name is gone'],
    ['ALTER TABLE item RENAME COLUMN name TO title', 'item.name is gone'],
    ['ALTER TABLE item ALTER COLUMN name TYPE varchar(20)', 'item.name was character varying(50)'],
    ['ALTER TABLE item ALTER COLUMN size TYPE bigint', 'item.size was integer'],
    ['ALTER TABLE item ALTER COLUMN name SET NOT NULL', 'item.name may not be null'],
    ['ALTER TABLE item ALTER COLUMN kind DROP DEFAULT', 'item.kind lost its default'],
    ['ALTER TABLE item ADD COLUMN owner text NOT NULL', 'item.owner is new and has to be given'],
    [`ALTER TABLE item ADD CONSTRAINT short CHECK (name <> '')`, 'constraint item.short'],
    ['ALTER TABLE item ADD CONSTRAINT one UNIQUE (name)', 'constraint item.one'],
    ['ALTER TABLE item ADD CONSTRAINT part FOREIGN KEY (size) REFERENCES item (id)', 'constraint item.part'],
    ['CREATE UNIQUE INDEX one ON item (name)', 'index one'],
    ['CREATE UNIQUE INDEX one ON item (lower(name))', 'index one'],
    ['CREATE TRIGGER t BEFORE UPDATE ON item EXECUTE FUNCTION suppress_redundant_updates_trigger()', 'trigger item.t'],
    [
      'CREATE OR REPLACE FUNCTION twice(n int) RETURNS int LANGUAGE sql RETURN 3 * n',
      'function twice(integer) refuses',
    ],
    ['DROP FUNCTION twice(int)', 'function twice(integer) is gone'],
  ])('is recognised: %s', async (statement, sentence) => {
    expect(await after(statement)).toContainEqual(expect.stringContaining(sentence));
  });

  it.each([
    'CREATE TABLE other (id int PRIMARY KEY, item int NOT NULL REFERENCES item (id), UNIQUE (item))',
    'ALTER TABLE item ADD COLUMN owner text',
    `ALTER TABLE item ADD COLUMN owner text NOT NULL DEFAULT '' CHECK (length(owner) < 9)`,
    'ALTER TABLE item ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY UNIQUE',
    'ALTER TABLE item ALTER COLUMN kind DROP NOT NULL',
    'ALTER TABLE item DROP CONSTRAINT item_size_check',
    'CREATE INDEX many ON item (name)',
  ])('is not seen in one that expands: %s', async (statement) => expect(await after(statement)).toEqual([]));
});
