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
import { Client } from 'pg';
import { migrationsOfService } from '../services/migrate-services.js';
import { serviceNames } from '../services/services.js';
import { silentProgress } from '../terminal/progress.js';
import { backupCalls, databases, dropAll, filledDatabases, ODD, type Databases } from './backup.fixture.js';
import { backupStatus, formatStatus } from './backup-status.js';
import { prune } from './retention.js';
import { keyFiles, makeBackupKeys, readRecipientPrivate, readSignerPublic } from './sets/backup-keys.js';
import { verifyBackup } from './verify-backup.js';

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
  const { sets, signer, create, access, restore, notes } = backupCalls(() => ({ folder, keys, source }));

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
});
