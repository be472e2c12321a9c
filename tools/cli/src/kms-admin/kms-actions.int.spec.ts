import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { freePort } from '@cryptoutil/database/embedded';
import { homeAt } from '../home/home.js';
import { ensurePrivateFolder } from '../home/private-file.js';
import { answeringServer, type AnsweringServer } from '../requests/answering-server.fixture.js';
import { unsealingShareFiles, unsealSuite } from '../suite/unseal-suite.js';
import { resolveConnection, withKms } from './connection.js';
import { initKms, kmsStatus, sealKms, unsealKms } from './kms-actions.js';

describe('the kms commands', () => {
  let server: AnsweringServer;
  let folder: string;
  let printed: string;
  const given: string[] = [];
  const connection = () => ({ url: server.url, caFile: server.caFile, ...server.ops });
  /** A kms of three shares. */
  let initialized: boolean;
  const status = () => {
    const sealed = given.length < 3;
    return initialized
      ? { initialized, sealed, shares: 5, threshold: 3, progress: sealed ? given.length : 0 }
      : { initialized, sealed: true, progress: 0 };
  };

  beforeAll(async () => {
    server = await answeringServer();
    server.answer = ({ route, body }) => {
      switch (route) {
        case 'POST /admin/v1/init':
          if (initialized) return { status: 409, body: { code: 'already_initialized', detail: 'It was initialised.' } };
          initialized = true;
          return { body: { shares: Array.from({ length: body.shares }, (_, index) => `kms1-${index + 1}`) } };
        case 'POST /admin/v1/unseal':
          if (!/^kms1-\d$/.test(body.share)) {
            return { status: 400, body: { code: 'share_invalid', detail: 'The share was refused.', index: 4 } };
          }
          given.push(body.share);
          return { body: status() };
        case 'POST /admin/v1/seal':
          given.splice(0);
          return { status: 204, body: undefined };
        default:
          return { body: status() };
      }
    };
  });
  afterAll(() => server.close());
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cryptoutil-kms-'));
    initialized = false;
    printed = '';
    given.splice(0);
    server.asked.splice(0);
    jest.spyOn(console, 'log').mockImplementation((line: string) => void (printed += `${line}\n`));
  });
  afterEach(() => {
    jest.restoreAllMocks();
    rmSync(folder, { recursive: true });
  });
  const shareFiles = (...shares: string[]) =>
    shares.map((share, index) => {
      const file = join(folder, `s${index}`);
      writeFileSync(file, share);
      return file;
    });

  it('initialise it once and write the shares to files, never to the terminal', async () => {
    const out = join(folder, 'shares');
    expect(await initKms({ ...connection(), out, shares: 7, threshold: 4 })).toBe(0);
    expect(server.asked[0]).toEqual({
      route: 'POST /admin/v1/init',
      body: { shares: 7, threshold: 4 },
      identified: true,
    });
    expect(readdirSync(out)).toHaveLength(7);
    expect(printed).not.toContain('kms1-');
    const again = initKms({ ...connection(), out: join(folder, 'other'), shares: 5, threshold: 3 });
    await expect(again).rejects.toThrow(
      'The kms was not initialised: HTTP 409 already_initialized: It was initialised.',
    );
  });

  it('do not ask for shares when there is no place for them', () => {
    writeFileSync(join(folder, 'share-1'), 'kms1-x');
    expect(() => initKms({ ...connection(), out: folder, shares: 5, threshold: 3 })).toThrow('holds unseal shares');
    expect(server.asked).toEqual([]);
  });

  it('open the seal with share files, and give no more than are needed', async () => {
    initialized = true;
    const files = shareFiles('kms1-1', 'kms1-2\n', 'kms1-3', 'kms1-4');
    expect(await unsealKms({ ...connection(), shareFile: files })).toBe(0);
    expect(given).toEqual(['kms1-1', 'kms1-2', 'kms1-3']);
    expect(printed).toBe('sealed: 1 of 3 shares given\nsealed: 2 of 3 shares given\nunsealed (3 of 5 shares)\n');
  });

  it('exit 2 while it is sealed', async () => {
    expect(await kmsStatus(connection())).toBe(2);
    expect(printed).toBe('sealed: not initialised yet\n');
    initialized = true;
    expect(await unsealKms({ ...connection(), shareFile: shareFiles('kms1-1') })).toBe(2);
    await unsealKms({ ...connection(), shareFile: shareFiles('kms1-2', 'kms1-3') });
    expect(await kmsStatus(connection())).toBe(0);
    expect(await sealKms(connection())).toBe(0);
    expect(await kmsStatus(connection())).toBe(2);
  });

  it('name the share that was refused, and stop', async () => {
    initialized = true;
    const attempt = unsealKms({ ...connection(), shareFile: shareFiles('kms1-1', 'foreign', 'kms1-3') });
    await expect(attempt).rejects.toThrow(
      'The share was refused: HTTP 400 share_invalid: The share was refused. (share 4)',
    );
    expect(given).toEqual(['kms1-1']);
  });

  it('say that the database went back, and go on with it only when told so', async () => {
    initialized = true;
    const answer = server.answer;
    const rollback = { reason: 'fork', anchored: { epoch: 2, audit_seq: 9 }, found: { epoch: 2, audit_seq: 12 } };
    let acknowledged: unknown;
    server.answer = ({ route, body }) => {
      const stands = { initialized: true, sealed: true, shares: 5, threshold: 3 };
      if (route === 'POST /admin/v1/rollback/acknowledge') acknowledged = body;
      if (acknowledged) return { body: { ...stands, sealed: false } };
      if (route === 'POST /admin/v1/unseal')
        return { status: 409, body: { code: 'rollback_detected', detail: 'Older.' } };
      return { body: { ...stands, rollback } };
    };
    expect(await kmsStatus(connection())).toBe(2);
    expect(printed).toContain(
      'an older database was restored: this kms saw epoch 2, 9 audit events; the database is at epoch 2, 12 audit events, and other events',
    );
    const refused = unsealKms({ ...connection(), shareFile: shareFiles('kms1-1') });
    await expect(refused).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('--acknowledge-rollback'),
    });
    expect(await unsealKms({ ...connection(), acknowledgeRollback: true })).toBe(0);
    expect(acknowledged).toEqual(rollback.found);
    server.answer = answer;
  });

  it('have nothing to acknowledge when nothing went back, and unseal', async () => {
    initialized = true;
    const shareFile = shareFiles('kms1-1', 'kms1-2', 'kms1-3');
    expect(await unsealKms({ ...connection(), acknowledgeRollback: true, shareFile })).toBe(0);
    expect(printed).toContain('There is no rollback to acknowledge.');
  });

  it('take the connection from options, else the environment, else the suite of the home', () => {
    const env = { CRYPTOUTIL_KMS_URL: 'https://env', CRYPTOUTIL_TLS_CA_FILE: 'ca', CRYPTOUTIL_TLS_CERT_FILE: 'c' };
    expect(resolveConnection({ url: 'https://option', keyFile: 'k' }, env)).toEqual({
      url: 'https://option',
      caFile: 'ca',
      certFile: 'c',
      keyFile: 'k',
    });
    expect(() => resolveConnection({}, env)).toThrow('--key-file is missing');
  });

  it('say in a sentence when nothing answers, or a file is missing', async () => {
    const url = `https://127.0.0.1:${await freePort()}`;
    await expect(kmsStatus({ ...connection(), url })).rejects.toThrow(`${url} does not answer: ECONNREFUSED`);
    const missing = withKms({ ...connection(), certFile: '/absent.crt' }, (kms) => kms.status());
    await expect(missing).rejects.toThrow('/absent.crt cannot be read: ENOENT.');
  });

  describe('of a suite', () => {
    const home = () => homeAt(folder);
    const open = () => withKms(connection(), (kms) => unsealSuite(kms, home()));

    it('initialise it at the first start and open the seal with three of five shares', async () => {
      expect(unsealingShareFiles(home())).toEqual([]);
      await open();
      expect(readdirSync(home().shares)).toHaveLength(5);
      expect(given).toHaveLength(3);
      expect(unsealingShareFiles(home()).map((file) => readFileSync(file, 'utf8'))).toEqual([
        'kms1-1\n',
        'kms1-2\n',
        'kms1-3\n',
        'kms1-4\n',
        'kms1-5\n',
      ]);
    });

    it('leave an open seal alone', async () => {
      initialized = true;
      given.push('1', '2', '3');
      await open();
      expect(server.asked.map(({ route }) => route)).toEqual(['GET /admin/v1/seal-status']);
    });

    it('say what to do when it was initialised and the shares are gone', async () => {
      initialized = true;
      await expect(open()).rejects.toThrow(/unseal shares are not in .*--reset/);
    });

    it('say what happened and what to do when an older database was restored', async () => {
      initialized = true;
      const answer = server.answer;
      const rollback = { reason: 'audit', anchored: { epoch: 1, audit_seq: 9 }, found: { epoch: 1, audit_seq: 4 } };
      server.answer = () => ({ body: { initialized: true, sealed: true, rollback } });
      await expect(open()).rejects.toThrow(
        /older database was restored \(audit event 4, it was at 9\).*remove .*kms-anchor/,
      );
      server.answer = answer;
    });

    it('say so when the shares were not enough', async () => {
      initialized = true;
      ensurePrivateFolder(home().shares);
      for (const number of [1, 2, 3]) writeFileSync(join(home().shares, `share-${number}`), 'kms1-1');
      given.length = 0;
      const answer = server.answer;
      server.answer = () => ({ body: { initialized: true, sealed: true } });
      await expect(open()).rejects.toThrow('The kms is still sealed after 3 shares.');
      server.answer = answer;
    });
  });
});
