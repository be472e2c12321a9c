import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type KmsSuite, type Replica, adminScopes, api, kmsSuite } from '../../test/kms-suite.fixture.js';
import { dumpOf } from '../../test/older-database.fixture.js';
import { AuditQueue } from '../audit/audit-queue.js';
import { BarrierWatch } from '../unseal/barrier-watch.js';

describe('an older database', () => {
  let suite: KmsSuite;
  let kms: Replica;
  let shares: string[];
  let anchor: string;
  let token: string;
  beforeAll(async () => {
    suite = await kmsSuite();
    [anchor] = (await suite.files([''])) as [string];
    await rm(anchor);
    kms = await suite.start({ CRYPTOUTIL_BARRIER_ANCHOR_FILE: anchor });
    shares = (await ops('init')).body.shares;
    await kms.unseal(shares.slice(0, 3));
    token = await suite.issuer.token(adminScopes);
  });
  afterAll(() => suite.close());

  const ops = (path: string, body: object = {}) => kms.call('POST', `/admin/v1/${path}`, { identity: 'ops', body });
  const status = async () => (await kms.call('GET', '/admin/v1/seal-status')).body;
  const settle = async () => {
    await kms.kms.app.get(AuditQueue, { strict: false }).flush();
    await kms.kms.app.get(BarrierWatch, { strict: false }).check();
  };
  /** As a process that starts on the same host: only the file remembers. */
  const restart = async (env: Record<string, string> = {}) => {
    await kms.kms.close();
    kms = await suite.start({ CRYPTOUTIL_BARRIER_ANCHOR_FILE: anchor, ...env });
  };
  const make = (name: string) => kms.call('POST', api, { token, body: { name } });
  const anchored = async () => JSON.parse(await readFile(anchor, 'utf8'));

  it('is measured against a file of this host that grows with the database', async () => {
    expect((await stat(anchor)).mode & 0o777).toBe(0o600);
    const before = await anchored();
    await make('grows');
    await settle();
    const after = await anchored();
    expect(after.seq).toBeGreaterThan(before.seq);
    expect(after).toMatchObject({ format: 1, epoch: 1, hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
    await restart();
    expect(await status()).not.toHaveProperty('rollback');
    expect((await kms.unseal(shares.slice(0, 3))).body.sealed).toBe(false);
  });

  it.each([
    ['epoch', () => ops('barrier/rotate/content')],
    ['audit', () => make('later')],
  ])(
    'that misses %s is reported at unseal, whoever gives shares, until an operator acknowledges it',
    async (reason, change) => {
      await settle();
      const dump = await dumpOf(suite.database);
      await change();
      await settle();
      await kms.kms.close();
      const seen = await anchored();
      await dump.restore();
      await restart();
      const { rollback } = await status();
      expect(rollback).toMatchObject({ reason, anchored: { epoch: seen.epoch, audit_seq: seen.seq } });
      for (const share of shares)
        expect(await kms.call('POST', '/admin/v1/unseal', { body: { share } })).toMatchObject({
          status: 409,
          // Refused shares are events too: with enough of them the chain is not shorter any more, but another one.
          body: {
            code: 'rollback_detected',
            rollback: { reason: reason === 'audit' ? expect.stringMatching(/^(audit|fork)$/) : reason },
          },
        });
      expect(await status()).toMatchObject({ sealed: true, progress: 0 });
      expect(await ops('rollback/acknowledge', { epoch: rollback.found.epoch + 1, audit_seq: 0 })).toMatchObject({
        status: 409,
        body: { code: 'rollback_changed' },
      });
      for (const options of [{}, { token }, { identity: 'authz' }])
        expect([401, 403]).toContain(
          (await kms.call('POST', '/admin/v1/rollback/acknowledge', { ...options, body: rollback.found })).status,
        );
      const acknowledged = await ops('rollback/acknowledge', (await status()).rollback.found);
      expect(acknowledged).toMatchObject({ status: 200, body: { sealed: true } });
      expect(acknowledged.body).not.toHaveProperty('rollback');
      expect((await kms.unseal(shares.slice(1, 4))).body.sealed).toBe(false);
      const { body } = await kms.call('GET', '/admin/v1/audit?limit=1000', { identity: 'ops' });
      expect(JSON.stringify(body)).toContain('acknowledge rollback');
    },
  );

  it('that went on another way is told by its events, although it has more of them', async () => {
    await settle();
    const dump = await dumpOf(suite.database);
    await make('one way');
    await settle();
    await kms.kms.close();
    await dump.restore();
    const elsewhere = await suite.start();
    await elsewhere.unseal(shares.slice(0, 3));
    for (let n = 0; n < 5; n += 1) await elsewhere.call('POST', api, { token, body: { name: `another way ${n}` } });
    await elsewhere.kms.close();
    await restart({ CRYPTOUTIL_UNSEAL_SHARE_FILES: (await suite.files(shares)).join(',') });
    await kms.kms.autoUnsealed;
    expect((await status()).rollback).toMatchObject({ reason: 'fork' });
    expect(JSON.stringify(kms.lines)).toMatch(/stays sealed: The database is not the one this replica saw last/);
    expect((await ops('rollback/acknowledge', (await status()).rollback.found)).body).toMatchObject({ sealed: false });
  });

  it('under a running kms makes it seal itself and say why', async () => {
    await settle();
    const dump = await dumpOf(suite.database);
    await make('gone soon');
    await settle();
    await dump.restore();
    await kms.kms.app.get(BarrierWatch, { strict: false }).check();
    expect(await status()).toMatchObject({ sealed: true, seal_reason: 'rollback', rollback: { reason: 'audit' } });
    expect(JSON.stringify(kms.lines)).toContain('The kms sealed itself: the database is older than it was.');
    await ops('rollback/acknowledge', (await status()).rollback.found);
    expect((await status()).sealed).toBe(false);
  });

  it('cannot be told from an anchor file that was damaged: that is reported too', async () => {
    await settle();
    await kms.kms.close();
    for (const text of ['', '{"format":1,"epoch":0}']) {
      await writeFile(anchor, text);
      await restart();
      expect((await status()).rollback).toMatchObject({ reason: 'unreadable', found: { epoch: expect.any(Number) } });
    }
    await ops('rollback/acknowledge', (await status()).rollback.found);
    expect((await kms.unseal(shares.slice(0, 3))).body.sealed).toBe(false);
    expect(await ops('rollback/acknowledge', { epoch: 1, audit_seq: 1 })).toMatchObject({ status: 409 });
  });

  it('goes unnoticed on a host that has seen nothing yet, which is written down as a limit', async () => {
    await rm(anchor);
    await restart();
    expect(await status()).not.toHaveProperty('rollback');
  });

  it('is watched for by a kms whose anchor file cannot be written, which says so and serves', async () => {
    await restart({ CRYPTOUTIL_BARRIER_ANCHOR_FILE: '/proc/no/such/folder' });
    expect((await kms.unseal(shares.slice(0, 3))).body.sealed).toBe(false);
    await make('served');
    await settle();
    expect(kms.lines.filter(({ msg }) => String(msg).startsWith('The anchor file cannot be written'))).toHaveLength(1);
  });
});
