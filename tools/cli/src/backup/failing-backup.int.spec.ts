import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { program } from '../processes/child-service.js';
import { serviceNames, type ServiceName } from '../services/services.js';
import { backupCalls, connectionsOf, dropAll, filledDatabases, type Databases } from './backup.fixture.js';
import { backupStatus } from './backup-status.js';
import { fileConnections } from './database/connections.js';
import { otlpReceiver } from './metrics/otlp-receiver.fixture.js';
import { keyFiles, makeBackupKeys, readRecipientPublic } from './sets/backup-keys.js';

describe('backup', () => {
  let folder: string;
  let keys: string;
  let source: Databases;
  beforeAll(async () => {
    ({ keys, source } = await filledDatabases());
  }, 120_000);
  afterAll(() => dropAll(source));
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cryptoutil-backup-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const { sets, signer, create } = backupCalls(() => ({ folder, keys, source }));

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
