import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { migrate } from '@cryptoutil/database';
import { temporaryDatabase, type TemporaryDatabase } from '@cryptoutil/testing';
import { Client } from 'pg';
import { program } from '../processes/child-service.js';
import { migrationsOfService } from '../services/migrate-services.js';
import { serviceNames, type ServiceName } from '../services/services.js';
import { silentProgress } from '../terminal/progress.js';
import { backupStatus, formatStatus } from './backup-status.js';
import { createBackup, type CreateOptions } from './create-backup.js';
import type { SuiteConnections } from './database/connections.js';
import { fileConnections } from './database/connections.js';
import { otlpReceiver } from './metrics/otlp-receiver.fixture.js';
import { restoreBackup, type RestoreOptions } from './restore-backup.js';
import { prune } from './retention.js';
import {
  keyFiles,
  makeBackupKeys,
  readRecipientPrivate,
  readRecipientPublic,
  readSignerPrivate,
  readSignerPublic,
} from './sets/backup-keys.js';
import { verifyBackup } from './verify-backup.js';

type Databases = Record<ServiceName, TemporaryDatabase>;

/** Text that a dump could take for something else. */
const ODD = ['', '\\N', '\\.', 'tab\tand\nline\r', 'quote \' \\ "', 'ÿ €  🗝', 'x'.repeat(300_000)];

async function databases(migrated: boolean): Promise<Databases> {
  const found = await Promise.all(
    serviceNames.map(async (name) => [
      name,
      await temporaryDatabase(migrated ? { migrations: await migrationsOfService(name) } : {}),
    ]),
  );
  return Object.fromEntries(found) as Databases;
}
const connectionsOf = (all: Databases): SuiteConnections =>
  Object.fromEntries(serviceNames.map((name) => [name, all[name].settings])) as unknown as SuiteConnections;
const dropAll = (all: Databases) => Promise.all(serviceNames.map((name) => all[name].drop()));

describe('backup', () => {
  let folder: string;
  let keys: string;
  let source: Databases;
  const sets = () => join(folder, 'sets');
  const signer = () => readSignerPublic(join(keys, keyFiles.signerPublic));
  const create = (options: Partial<CreateOptions> = {}) =>
    createBackup(
      {
        folder: sets(),
        connections: connectionsOf(source),
        recipient: readRecipientPublic(join(keys, keyFiles.recipientPublic)),
        signer: readSignerPrivate(join(keys, keyFiles.signerPrivate)),
        ...options,
      },
      silentProgress,
    );
  const access = () => ({
    folder: sets(),
    recipient: readRecipientPrivate(join(keys, keyFiles.recipientPrivate)),
    signer: signer(),
  });
  const restore = (target: Databases, options: Partial<RestoreOptions> = {}) =>
    restoreBackup({ ...access(), connections: connectionsOf(target), ...options }, silentProgress);
  const notes = (all: Databases) =>
    all.rs.sql('SELECT id, owner, name, description FROM protected_resource ORDER BY owner');

  beforeAll(async () => {
    keys = join(mkdtempSync(join(tmpdir(), 'cryptoutil-keys-')), 'keys');
    await makeBackupKeys(keys);
    source = await databases(true);
    for (const [at, text] of ODD.entries()) {
      await source.rs.sql(
        `INSERT INTO protected_resource VALUES (gen_random_uuid(), $1, $2, $3, 'x', '2026-01-01 00:00:00.123456Z')`,
        [`owner ${at}`, text, at % 2 === 0 ? null : text],
      );
    }
  }, 120_000);
  afterAll(() => dropAll(source));
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cryptoutil-backup-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  describe('a set', () => {
    it('is verified by restoring it, and says so from then on', async () => {
      const { id, path } = await create();
      const status = () => backupStatus(sets(), signer());
      expect(await status()).toMatchObject({ last_verified_age_seconds: null, sets: [{ id, good: true }] });
      const verified = await verifyBackup(access(), silentProgress);
      expect(verified.restored.map(({ service, rows, shapeDiffers }) => [service, rows, shapeDiffers])).toEqual(
        expect.arrayContaining([
          ['rs', ODD.length, []],
          ['kms', 1, []],
        ]),
      );
      const [set] = (await status()).sets;
      expect(set).toMatchObject({ every_row_opened: false, verified_at: expect.any(String) });
      expect(formatStatus(await status())).toMatch(new RegExp(`${id} .* 0.1.0 .*without opening rows`));
      // The record is about this manifest and no other.
      await create({ now: new Date(Date.now() + 5000) });
      const [newer] = readdirSync(sets()).sort().slice(-1);
      cpSync(join(path, 'verification.json'), join(sets(), newer!, 'verification.json'));
      expect((await status()).sets[0]).not.toHaveProperty('verified_at');
    }, 60_000);

    it('comes back into empty databases exactly as it was, and the services can go on with it', async () => {
      const { id } = await create();
      const target = await databases(false);
      try {
        const result = await restore(target);
        expect(result).toMatchObject({ id, aside: undefined });
        expect(await notes(target)).toEqual(await notes(source));
        expect(await target.kms.sql('SELECT encode(hash, $1) AS hash FROM audit_head', ['hex'])).toEqual(
          await source.kms.sql('SELECT encode(hash, $1) AS hash FROM audit_head', ['hex']),
        );
        for (const name of serviceNames)
          expect(await migrate(target[name].settings, { migrations: await migrationsOfService(name) })).toEqual([]);
      } finally {
        await dropAll(target);
      }
    }, 60_000);

    it('never replaces anything silently: refused, not confirmed, in use; then it is put aside with all its rows', async () => {
      const { id } = await create();
      const target = await databases(true);
      try {
        await target.rs.sql(
          `INSERT INTO protected_resource VALUES (gen_random_uuid(), 'own', 'own', null, 'x', now())`,
        );
        const before = await notes(target);
        await expect(restore(target)).rejects.toThrow(/hold something. Nothing was changed. With --replace/);
        await expect(restore(target, { confirm: () => Promise.resolve('yes') })).rejects.toThrow('Not confirmed');
        const { host, port, name, user, password } = target.idp.settings;
        const service = new Client({
          host,
          port,
          database: name,
          user,
          password: password.text(),
          application_name: 'idp',
        });
        await service.connect();
        await expect(restore(target, { confirm: () => Promise.resolve(id) })).rejects.toThrow('idp is connected');
        await service.end();
        expect(await notes(target)).toEqual(before);
        const sessions = () => target.idp.sql(`SELECT 1 FROM pg_stat_activity WHERE application_name = 'idp'`);
        while ((await sessions()).length > 0);
        const { aside } = await restore(target, { confirm: () => Promise.resolve(id) });
        expect(await notes(target)).toEqual(await notes(source));
        expect(await target.rs.sql(`SELECT owner FROM ${aside}.protected_resource`)).toEqual([{ owner: 'own' }]);
      } finally {
        await dropAll(target);
      }
    }, 60_000);
  });

  describe('what happened to a set is found, and named', () => {
    let pristine: string;
    let ids: string[];
    beforeAll(async () => {
      pristine = mkdtempSync(join(tmpdir(), 'cryptoutil-pristine-'));
      ids = [];
      for (const now of ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z'])
        ids.push((await create({ folder: pristine, now: new Date(now) })).id);
    });
    afterAll(() => rmSync(pristine, { recursive: true }));
    beforeEach(() => cpSync(pristine, sets(), { recursive: true }));
    const file = (name: string, set = ids[1]!) => join(sets(), set, name);
    const flip = (path: string, at: number) => {
      const bytes = readFileSync(path);
      bytes[at < 0 ? bytes.length + at : at]! ^= 1;
      writeFileSync(path, bytes);
    };
    const verify = (given: Partial<ReturnType<typeof access>> = {}) =>
      verifyBackup({ ...access(), ...given }, silentProgress);

    it.each([
      ['a changed byte at the beginning', () => flip(file('kms.sealed'), 30), /kms.sealed .* was changed/],
      ['a changed byte at the end', () => flip(file('rs.sealed'), -1), /rs.sealed .* was changed/],
      ['a file cut off', () => truncateSync(file('idp.sealed'), 400), /idp.sealed .* has 400 bytes, not/],
      ['a missing file', () => rmSync(file('authz.sealed')), /authz.sealed is missing/],
      ['a missing manifest', () => rmSync(file('manifest.jws')), /has no manifest.jws/],
      ['a changed manifest', () => flip(file('manifest.jws'), 200), /is not signed by the key/],
      [
        'a file of an older set',
        () => cpSync(file('kms.sealed', ids[0]), file('kms.sealed')),
        /kms.sealed .*(bytes, not|was changed)/,
      ],
      ['the manifest of an older set', () => cpSync(file('manifest.jws', ids[0]), file('manifest.jws')), /is that of/],
      [
        'two files swapped',
        () => {
          cpSync(file('rs.sealed'), join(folder, 'held'));
          cpSync(file('idp.sealed'), file('rs.sealed'));
          cpSync(join(folder, 'held'), file('idp.sealed'));
        },
        /(rs|idp).sealed .*(bytes, not|was changed)/,
      ],
    ])('%s', async (_what, harm, message) => {
      harm();
      await expect(verify()).rejects.toThrow(message);
      expect(existsSync(file('verification.json'))).toBe(false);
    });

    it('another recipient or signer', async () => {
      const other = join(folder, 'other');
      await makeBackupKeys(other);
      await expect(verify({ recipient: readRecipientPrivate(join(other, keyFiles.recipientPrivate)) })).rejects.toThrow(
        /was sealed for the key .*; the key given is/,
      );
      await expect(verify({ signer: readSignerPublic(join(other, keyFiles.signerPublic)) })).rejects.toThrow(
        'comes from another host',
      );
      await expect(verify({ signer: readSignerPublic(join(other, keyFiles.signerPrivate)) })).rejects.toThrow(
        'comes from another host',
      );
    });

    it('and it is listed as not good, and is no reason to remove the good one', async () => {
      truncateSync(file('kms.sealed'), 10);
      const status = await backupStatus(sets(), signer());
      expect(status.sets.map(({ good }) => good)).toEqual([false, true]);
      expect(formatStatus(status)).toContain('NOT GOOD: kms.sealed');
      expect(await prune(sets(), signer(), { keepLast: 1, keepDays: 1 })).toEqual([]);
    });

    it('retention removes whole sets', async () => {
      expect(await prune(sets(), signer(), { keepLast: 1 })).toEqual([ids[0]]);
      expect(readdirSync(sets())).toEqual([ids[1]]);
    });
  });

  describe('making one fails with a clear word and leaves none', () => {
    const leftBehind = () => (existsSync(sets()) ? readdirSync(sets()) : []);

    it('when a database is down or refuses', async () => {
      const connections = connectionsOf(source);
      const broken = (change: object) => ({ ...connections, idp: { ...connections.idp, ...change } });
      await expect(create({ connections: broken({ port: 1 }) })).rejects.toThrow(
        /The database test_\S+ at \S+:1 cannot be reached: /,
      );
      await expect(create({ connections: broken({ user: connections.rs.user }) })).rejects.toThrow(
        /cannot be reached: password/,
      );
      expect(leftBehind()).toEqual([]);
    });

    it('when it holds something a dump would leave out', async () => {
      await source.idp.sql('CREATE TABLE parted (id int) PARTITION BY RANGE (id)');
      await expect(create()).rejects.toThrow(/relation parted is of a kind/);
      await source.idp.sql('DROP TABLE parted');
      expect(leftBehind()).toEqual([]);
    });

    it('when the private key lies where only the public one belongs', async () => {
      expect(() => readRecipientPublic(join(keys, keyFiles.recipientPrivate))).toThrow(
        'keep the private key on another host',
      );
      await expect(makeBackupKeys(keys)).rejects.toThrow('Nothing was changed');
    });

    /** A process that makes a set of the same databases. */
    const process = (command: (quoted: string) => string) => {
      const passwords = (name: ServiceName) => {
        const path = join(folder, `${name}.password`);
        writeFileSync(path, source[name].settings.password.text(), { mode: 0o600 });
        return path;
      };
      const { host, port } = source.kms.settings;
      const file = join(folder, 'connections.json');
      const one = (name: ServiceName) => ({
        name: source[name].settings.name,
        user: source[name].settings.user,
        password_file: passwords(name),
      });
      writeFileSync(
        file,
        JSON.stringify({ host, port, databases: Object.fromEntries(serviceNames.map((name) => [name, one(name)])) }),
      );
      expect(fileConnections(file).rs.name).toBe(source.rs.settings.name);
      const own = join(folder, 'host-keys');
      cpSync(keys, own, { recursive: true });
      const line = `exec '${globalThis.process.execPath}' '${program}' backup create --connections '${file}' --folder '${sets()}' --keys '${own}'`;
      return spawn('sh', ['-c', command(line)], { stdio: ['ignore', 'ignore', 'pipe'] });
    };

    it('when the disk takes no more', async () => {
      // A limit on the size of a file, in blocks of 512 bytes, stands for the full disk.
      const child = process((line) => `ulimit -f 1; ${line}`);
      let complaint = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
      expect((await once(child, 'close'))[0]).toBe(1);
      expect(complaint).toMatch(/was not written to .*(EFBIG|file too large).* Nothing of it is left/i);
      expect(leftBehind()).toEqual([]);
    }, 60_000);

    it('tells monitoring how a run went, by OTLP and in a file, also when it failed', async () => {
      const receiver = await otlpReceiver();
      const file = join(folder, 'backup.prom');
      const ran = async (command: (line: string) => string) => {
        const [code] = (await once(process(command), 'close')) as [number];
        const { gauges, services } = receiver;
        return { code, services: [...services], gauges: Object.fromEntries(gauges), text: readFileSync(file, 'utf8') };
      };
      const told = (line: string) => `export ${receiver.environment}; ${line} --metrics-file '${file}'`;
      try {
        const good = await ran(told);
        const { sets: made } = await backupStatus(sets(), signer());
        expect(good).toMatchObject({ code: 0, services: ['cryptoutil-backup'] });
        expect(good.gauges).toMatchObject({
          'cryptoutil.backup.succeeded 1': 1,
          'cryptoutil.backup.sets 1': made.length,
          'cryptoutil.backup.size By': made[0]!.bytes,
          'cryptoutil.backup.duration s': expect.any(Number),
        });
        const point = Math.round(Date.parse(made[0]!.point!) / 1000);
        expect(good.gauges['cryptoutil.backup.last_good_time s']).toBe(point);
        expect(good.gauges).not.toHaveProperty('cryptoutil.backup.last_verified_time s');
        expect(good.text).toContain('cryptoutil_backup_succeeded{operation="create"} 1\n');
        const bad = await ran((line) => told(`ulimit -f 1; ${line}`));
        expect(bad).toMatchObject({ code: 1, gauges: { 'cryptoutil.backup.succeeded 1': 0 } });
        expect(bad.gauges['cryptoutil.backup.last_good_time s']).toBe(point);
      } finally {
        await receiver.close();
      }
    }, 60_000);

    it('when it is killed: what it leaves is no set, and a later run is not disturbed', async () => {
      const lock = new Client({
        ...source.rs.settings,
        database: source.rs.settings.name,
        password: source.rs.settings.password.text(),
      });
      await lock.connect();
      await lock.query('BEGIN; LOCK TABLE protected_resource IN ACCESS EXCLUSIVE MODE');
      const child = process((line) => line);
      while (!leftBehind().some((name) => name.startsWith('.unfinished-')))
        await new Promise((go) => setTimeout(go, 20));
      child.kill('SIGKILL');
      await once(child, 'close');
      await lock.end();
      expect(leftBehind()).toEqual([expect.stringMatching(/^\.unfinished-/)]);
      expect((await backupStatus(sets(), signer())).sets).toEqual([]);
      await create();
      expect((await backupStatus(sets(), signer())).sets).toMatchObject([{ good: true }]);
    }, 60_000);
  });
});
