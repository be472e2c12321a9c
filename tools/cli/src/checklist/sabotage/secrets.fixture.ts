import { chmodSync, readFileSync, renameSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import type { Phase } from '../check.js';
import { realBackups } from './backups.fixture.js';
import { checked, failedOf, type Sabotaged } from './run.fixture.js';

const day = 86_400;

/** What may be wrong with the files of secrets and with the backups. */
export const secretSabotages = (given: Sabotaged) =>
  describe('secrets and backups', () => {
    const group = ['secrets.permissions', 'secrets.jwt', 'kms.shares'];
    const expectOnly = async (id: string, phase: Phase = 'post', only = group) =>
      expect(failedOf(await checked(given.subject, phase, only))).toEqual([id]);

    it('a secret that everybody can read: secrets.permissions', async () => {
      chmodSync(given.subject.jwtSecretFile!, 0o644);
      await expectOnly('secrets.permissions');
      chmodSync(given.subject.jwtSecretFile!, 0o600);
    });

    it('a short JWT secret: secrets.jwt; one of 91 days: secrets.jwt-age', async () => {
      const before = readFileSync(given.subject.jwtSecretFile!);
      writeFileSync(given.subject.jwtSecretFile!, 'short\n');
      await expectOnly('secrets.jwt');
      writeFileSync(given.subject.jwtSecretFile!, before);
      const old = Date.now() / 1000 - 91 * day;
      utimesSync(given.subject.jwtSecretFile!, old, old);
      await expectOnly('secrets.jwt-age', 'pre', [...group, 'secrets.jwt-age']);
      utimesSync(given.subject.jwtSecretFile!, new Date(), new Date());
    });

    it('share files that are gone: kms.shares', async () => {
      const gone = given.subject.shareFiles.slice(0, 3);
      for (const file of gone) renameSync(file, `${file}.away`);
      const results = await checked(given.subject, 'post', group);
      for (const file of gone) renameSync(`${file}.away`, file);
      expect(failedOf(results)).toEqual(['kms.shares']);
    });

    it('backups: none, one that is three days old, one that was never restored, one that is damaged', async () => {
      const { make, verify } = await realBackups(given.suite.context.home, given.subject.shareFiles);
      const found = async () => {
        const results = await checked(given.subject, 'pre', ['backup.recent', 'backup.restore-tested']);
        return Object.fromEntries(results.map(({ id, verdict, evidence }) => [id, `${verdict}: ${evidence}`]));
      };
      const never = 'failed: no backup was ever restored for a trial with its shares';
      expect(await found()).toEqual({ 'backup.recent': 'failed: there is no backup', 'backup.restore-tested': never });
      await make(new Date(Date.now() - 3 * day * 1000));
      expect(await found()).toEqual({
        'backup.recent': 'failed: the newest good backup is 3 days old',
        'backup.restore-tested': never,
      });
      const { path } = await make();
      await verify();
      expect(await found()).toEqual({
        'backup.recent': expect.stringMatching(/^passed: .* 0 h old, whole$/),
        'backup.restore-tested': 'passed: restored and opened 0 days ago',
      });
      truncateSync(join(path, 'kms.sealed'), 100);
      expect(await found()).toMatchObject({
        'backup.recent': expect.stringMatching(/^failed: the newest, .* is not good: kms\.sealed /),
      });
    }, 90_000);

    it('a restore test of 31 days ago: backup.restore-tested', async () => {
      const output = JSON.stringify({
        last_good_age_seconds: 100,
        last_verified_age_seconds: 31 * day,
        sets: [{ id: 'x', good: true }],
      });
      const told = { ...given.subject, backupList: () => Promise.resolve({ code: 0, output }) };
      expect(failedOf(await checked(told, 'pre', ['backup.recent', 'backup.restore-tested']))).toEqual([
        'backup.restore-tested',
      ]);
    });
  });
