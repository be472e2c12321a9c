import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Test, type TestingModule } from '@nestjs/testing';
import {
  Column,
  DataSource,
  Entity,
  EntityManager,
  PrimaryColumn,
  type MigrationInterface,
  type QueryRunner,
} from 'typeorm';
import { Secret } from '@cryptoutil/crypto';
import { createLogger } from '@cryptoutil/telemetry';
import { Writable } from 'node:stream';
import { ownServer, until, type OwnServer } from '../spec/own-server.js';
import {
  DatabaseModule,
  createDataSource,
  databaseReady,
  inTransaction,
  isDatabaseUnavailable,
  migrate,
  pendingMigrations,
} from './index.js';

@Entity('notes')
class Note {
  @PrimaryColumn({ type: 'int' })
  id!: number;

  @Column({ type: 'text' })
  body!: string;
}

class Notes1767225600000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE notes (id int PRIMARY KEY, body text NOT NULL)');
  }

  down(): Promise<void> {
    return Promise.resolve();
  }
}

class Concurrently1767225600001 implements MigrationInterface {
  transaction = false;

  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX CONCURRENTLY notes_body ON notes (body)');
  }

  down(): Promise<void> {
    return Promise.resolve();
  }
}

class Broken1767225600002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE half (id int)');
    await runner.query('CREATE TABEL typing_mistake (id int)');
  }

  down(): Promise<void> {
    return Promise.resolve();
  }
}

const caught = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('database', () => {
  let server: OwnServer;
  beforeAll(async () => {
    server = await ownServer();
  });
  afterAll(() => server.remove());

  describe('migrate', () => {
    const migrations = [Notes1767225600000, Concurrently1767225600001];

    it('tells what is pending and changes nothing by that', async () => {
      const names = ['Notes1767225600000', 'Concurrently1767225600001'];
      expect(await pendingMigrations(server.settings, { migrations })).toEqual(names);
      expect(await server.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).toEqual([]);
    });

    it('applies each migration once although several start at the same time', async () => {
      const steps: string[] = [];
      const runs = await Promise.all(
        [1, 2, 3].map(() => migrate(server.settings, { migrations }, (name) => steps.push(name))),
      );
      expect(runs.flat().sort()).toEqual(['Concurrently1767225600001', 'Notes1767225600000']);
      expect(steps).toHaveLength(2);
      expect(await pendingMigrations(server.settings, { migrations })).toEqual([]);
    });

    it('rolls a failed migration back as a whole and keeps those before it', async () => {
      const withBroken = { migrations: [...migrations, Broken1767225600002] };
      await expect(migrate(server.settings, withBroken)).rejects.toThrow(/syntax error/);
      expect(await server.sql("SELECT to_regclass('half') AS half")).toEqual([{ half: null }]);
      expect(await pendingMigrations(server.settings, withBroken)).toEqual(['Broken1767225600002']);
    });
  });

  describe('inTransaction', () => {
    let dataSource: DataSource;
    beforeAll(async () => {
      dataSource = createDataSource(server.settings, { entities: [Note] });
      await dataSource.initialize();
    });
    afterAll(() => dataSource.destroy());

    it('keeps what was done when the work succeeds, and nothing when it fails', async () => {
      await inTransaction(dataSource, (tx) => tx.insert(Note, { id: 1, body: 'kept' }));
      const failed = inTransaction(dataSource, async (tx) => {
        await tx.insert(Note, { id: 2, body: 'lost' });
        throw new Error('changed my mind');
      });
      await expect(failed).rejects.toThrow('changed my mind');
      expect(await dataSource.getRepository(Note).find()).toEqual([{ id: 1, body: 'kept' }]);
    });

    it('runs under the isolation that is asked for', async () => {
      const isolation = (tx: EntityManager) =>
        tx.query<{ transaction_isolation: string }[]>('SHOW transaction_isolation');
      expect(await inTransaction(dataSource, isolation)).toEqual([{ transaction_isolation: 'read committed' }]);
      expect(await inTransaction(dataSource, isolation, 'SERIALIZABLE')).toEqual([
        { transaction_isolation: 'serializable' },
      ]);
    });

    it('ends a statement that takes too long', async () => {
      const hasty = createDataSource(server.settings, {}, { statementTimeoutMs: 50 });
      await hasty.initialize();
      const error = await caught(hasty.query('SELECT pg_sleep(60)'));
      expect(error).toMatchObject({ driverError: { code: '57014' } });
      expect(isDatabaseUnavailable(error)).toBe(false);
      await hasty.destroy();
    });

    it('counts an exhausted pool as unavailable', async () => {
      const narrow = createDataSource({ ...server.settings, poolSize: 1, connectTimeoutMs: 1_000 }, {});
      await narrow.initialize();
      const holder = narrow.createQueryRunner();
      await holder.connect();
      expect(isDatabaseUnavailable(await caught(narrow.query('SELECT 1')))).toBe(true);
      await holder.release();
      await narrow.destroy();
    });

    it('counts a server without the schema, and one that only reads, as unavailable', async () => {
      expect(isDatabaseUnavailable(await caught(dataSource.query('SELECT 1 FROM not_restored_yet')))).toBe(true);
      const standby = dataSource.transaction(async (manager) => {
        await manager.query('SET TRANSACTION READ ONLY');
        await manager.query('CREATE TABLE written (id int)');
      });
      expect(isDatabaseUnavailable(await caught(standby))).toBe(true);
    });

    it('does not count a wrong statement or a wrong password as unavailable', async () => {
      expect(isDatabaseUnavailable(await caught(dataSource.query('SELEKT 1')))).toBe(false);
      const stranger = createDataSource({ ...server.settings, password: Secret.fromText('wrong') }, {});
      expect(isDatabaseUnavailable(await caught(stranger.initialize()))).toBe(false);
    });
  });

  describe('DatabaseModule', () => {
    let module: TestingModule;
    const log: string[] = [];
    const logger = createLogger({
      service: 'spec',
      destination: new Writable({
        write(chunk: Buffer, _encoding, done) {
          log.push((JSON.parse(chunk.toString('utf8')) as { msg: string }).msg);
          done();
        },
      }),
    });
    const start = async () => {
      module = await Test.createTestingModule({
        imports: [DatabaseModule.forRoot(server.settings, { entities: [Note], logger })],
      }).compile();
      await module.init();
      return module.get(DataSource);
    };

    it('starts while the database is down, fails as unavailable, and heals without a restart', async () => {
      await server.stop();
      const dataSource = await start();
      expect(await databaseReady(dataSource)).toBe(false);
      for (const work of [
        () => dataSource.query('SELECT 1'),
        () => dataSource.getRepository(Note).find(),
        () => dataSource.createQueryBuilder(Note, 'n').getMany(),
        () => inTransaction(dataSource, (tx) => tx.find(Note)),
      ]) {
        expect(isDatabaseUnavailable(await caught(work()))).toBe(true);
      }
      await server.start();
      await until(() => databaseReady(dataSource));
      expect(await dataSource.getRepository(Note).find()).toEqual([{ id: 1, body: 'kept' }]);
      expect(module.get(EntityManager)).toBe(dataSource.manager);
      expect(log).toEqual([
        'the database is not reachable; trying again until it is',
        'the database is reachable again',
      ]);
      await module.close();
    });

    it('survives a restart of PostgreSQL under it: unavailable meanwhile, well afterwards', async () => {
      const dataSource = await start();
      const runner = dataSource.createQueryRunner();
      await runner.startTransaction();
      await runner.query("INSERT INTO notes VALUES (3, 'lost with the server')");
      await server.stop();
      expect(isDatabaseUnavailable(await caught(runner.query('SELECT 1')))).toBe(true);
      expect(isDatabaseUnavailable(await caught(dataSource.query('SELECT 1')))).toBe(true);
      expect(await databaseReady(dataSource)).toBe(false);
      await runner.release();
      await server.start();
      await until(() => databaseReady(dataSource));
      expect(await dataSource.getRepository(Note).countBy({ id: 3 })).toBe(0);
      await module.close();
    });

    it('may be closed before the database ever came', async () => {
      await server.stop();
      const dataSource = await start();
      await module.close();
      await server.start();
      expect(dataSource.isInitialized).toBe(false);
    });

    it('lets a work in progress know that an administrator ended its session', async () => {
      const dataSource = await start();
      const runner = dataSource.createQueryRunner();
      const [{ pid }] = (await runner.query('SELECT pg_backend_pid() AS pid')) as [{ pid: number }];
      await server.sql(`SELECT pg_terminate_backend(${pid})`);
      expect(isDatabaseUnavailable(await caught(runner.query('SELECT 1')))).toBe(true);
      await runner.release();
      await until(() => databaseReady(dataSource));
      await module.close();
    });
  });

  it('answers in time although the database does not', async () => {
    const dataSource = createDataSource({ ...server.settings, poolSize: 1 }, {});
    await dataSource.initialize();
    const holder = dataSource.createQueryRunner();
    await holder.connect();
    expect(await databaseReady(dataSource, 20)).toBe(false);
    await holder.release();
    await dataSource.destroy();
  });
});
