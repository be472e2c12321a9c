import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { runCommandLine } from '../main.js';
import { startSuite } from '../suite/start-suite.js';
import type { RunningSuite } from '../suite/running-suite.js';
import { ask } from '../requests/answers.js';

/** The commands of those who look after a suite, each as it is typed, on the suite of the home. */
describe('commands on the suite of the home', () => {
  let folder: string;
  let home: string;
  let suite: RunningSuite;
  let printed: string;
  let complained: string;
  const environment = { ...process.env };
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cryptoutil-commands-'));
    home = join(folder, 'home');
    suite = await startSuite({ home, ports: { authz: 0, idp: 0, rs: 0, kms: 0, postgres: 0 } });
  }, 180_000);
  afterAll(async () => {
    await suite?.remove();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);
  beforeEach(() => {
    process.env = { ...environment, CRYPTOUTIL_HOME: home };
    jest.spyOn(console, 'log').mockImplementation((line: unknown) => void (printed += `${String(line)}\n`));
    jest.spyOn(console, 'error').mockImplementation((line: unknown) => void (complained += `${String(line)}\n`));
    jest.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
      printed += Buffer.from(chunk as string).toString('utf8');
      return true;
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
    process.env = { ...environment };
    process.exitCode = undefined;
  });

  /** Resolves to what was printed; what it complained about is the end of a failure. */
  const run = async (line: string, ...more: string[]) => {
    [printed, complained, process.exitCode] = ['', '', undefined];
    await runCommandLine(['node', 'cryptoutil', ...line.split(' '), ...more]);
    return { code: process.exitCode ?? 0, printed, complained };
  };
  const file = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const shares = () => suite.file.unsealShareFiles;

  describe('auth-service', () => {
    const gateway = async (verb: string, body: object, token = '') =>
      ask<{ access_token: string }>(
        suite.context.operator,
        `${suite.file.urls.authService}/auth-server/v1/oauth/${verb}`,
        { method: 'POST', body, headers: token === '' ? {} : { authorization: `Bearer ${token}` } },
      );
    const token = (secret: string) =>
      gateway('token', { client_id: 'billing', client_secret: secret, grant_type: 'client_credentials' });

    it('client: a secret is made and shown once, is effective at once, and can be given by a file', async () => {
      const added = await run('auth-service client add billing --scope read:bills --ttl 600 --name Billing');
      const secret = /^Its secret, which is shown this once: (\S+)$/m.exec(added.printed)![1]!;
      expect(await token(secret)).toMatchObject({ status: 200, body: { expires_in: 600 } });
      expect((await run('auth-service client show billing')).printed).not.toContain(secret);
      const again = await run('auth-service client add billing --scope read:bills');
      expect([again.code, again.printed]).toEqual([0, expect.not.stringContaining('secret')]);
      await run('auth-service client add billing --secret-file', file('secret', 'by hand\n'));
      expect([(await token(secret)).status, (await token('by hand')).status]).toEqual([401, 200]);
      await run('auth-service client disable billing');
      expect((await token('by hand')).status).toBe(401);
      await run('auth-service client enable billing');
      expect((await token('by hand')).status).toBe(200);
      expect((await run('auth-service client list')).printed).toContain('"client_id":"billing"');
      expect((await run('auth-service client remove billing')).code).toBe(0);
      expect((await token('by hand')).status).toBe(401);
    });

    it.each([
      ['client show nobody', 'There is no client nobody.'],
      ['client disable nobody', 'The client nobody was not changed: '],
      ['client remove nobody', 'The client nobody was not removed: '],
      ['client add long --ttl 86401', /The client long was not registered: .*access_token_ttl/s],
      ['client add x --secret-file /absent', '/absent cannot be read (ENOENT).'],
      ['endpoint show http://absent.example/', 'There is no endpoint http://absent.example/.'],
      ['endpoint add nowhere --scope', /The endpoint nowhere was not registered: .*scope/s, 'a b'],
    ])('%s fails with the reason', async (line, reason, ...more: string[]) => {
      const { code, complained: text } = await run(`auth-service ${line}`, ...more);
      expect([code, text]).toEqual([
        1,
        reason instanceof RegExp ? expect.stringMatching(reason) : expect.stringContaining(reason),
      ]);
    });

    it('endpoint: is named by its id or its URL, which means every method of it', async () => {
      const url = 'https://bills.example/v1';
      for (const method of ['GET', 'POST'])
        await run(`auth-service endpoint add ${url} --scope read:bills --method ${method} --description bills`);
      const found = async () => {
        const lines = (await run(`auth-service endpoint show ${url}`)).printed.trim().split('\n');
        return lines.map((line) => JSON.parse(line) as { id: string; method: string; active: boolean });
      };
      const [get] = await found();
      expect((await found()).map(({ method }) => method).sort()).toEqual(['GET', 'POST']);
      await run(`auth-service endpoint disable ${url}`);
      expect((await found()).map(({ active }) => active)).toEqual([false, false]);
      await run(`auth-service endpoint enable ${get!.id}`);
      expect((await found()).find(({ id }) => id === get!.id)!.active).toBe(true);
      await run(`auth-service endpoint remove ${get!.id}`);
      expect(await found()).toHaveLength(1);
      await run(`auth-service endpoint remove ${url}`);
      expect((await run('auth-service endpoint list')).printed).not.toContain(url);
    });

    it('import: counts first, then registers', async () => {
      const client = { client_id: 'old', client_secret: 'from before', allowed_scopes: ['read:ltp'] };
      const list = file('list.json', JSON.stringify({ clients: [client] }));
      expect((await run('auth-service import --dry-run', list)).printed).toBe(
        '1 clients and 0 endpoints would be imported.\n',
      );
      expect((await run('auth-service client show old')).code).toBe(1);
      expect((await run('auth-service import', list)).printed).toBe('1 clients and 0 endpoints were imported.\n');
      expect((await run('auth-service client show old')).printed).toContain('"allowed_scopes":["read:ltp"]');
    });

    it('asks which authz is meant where no suite runs', async () => {
      process.env.CRYPTOUTIL_HOME = join(folder, 'absent');
      expect(await run('auth-service client list')).toMatchObject({
        code: 1,
        complained: 'No suite runs in this home, so say which authz is meant: --url is missing.\n',
      });
    });
  });

  describe('kms', () => {
    const stdin = Object.getOwnPropertyDescriptor(process, 'stdin')!;
    afterEach(() => void Object.defineProperty(process, 'stdin', stdin));

    it('keys are used as the client "service" of the suite, when no token is given', async () => {
      await run('kms keys create bills --algorithm A256GCM');
      const [plain, sealed] = [file('bill', 'twelve'), join(folder, 'bill.jwe')];
      const encrypted = await run('kms encrypt bills --in', plain, '--out', sealed);
      expect(encrypted).toMatchObject({ code: 0, complained: '' });
      expect((await run('kms decrypt bills --in', sealed)).printed).toBe('twelve');
      expect((await run('kms decrypt bills --in', sealed, '--token-file', file('token', ' \n'))).complained).toMatch(
        /^The token file \S+ is empty\.\n$/,
      );
      const given = { value: Readable.from(['no token\n']), configurable: true };
      Object.defineProperty(process, 'stdin', given);
      expect((await run('kms decrypt bills --token-file - --in', sealed)).code).toBe(1);
    });

    it('using a key of another kms needs a token of one’s own', async () => {
      const { caFile } = suite.file;
      const other = await run('kms encrypt bills --url https://other.example --ca-file', caFile, '--in', caFile);
      expect(other).toMatchObject({
        code: 1,
        complained: 'Using a key needs an access token for this kms: --token-file is missing.\n',
      });
    });

    it('audit: the export is whole, is proved without the kms, and is never written over', async () => {
      const out = join(folder, 'audit.jsonl');
      const [, count] = /^(\d+) events were written to/.exec((await run('kms audit export --out', out)).printed)!;
      expect((await run('kms audit verify', out)).printed).toMatch(
        new RegExp(`^whole: ${count} events, end signed by the key [\\w-]{43}\n$`),
      );
      expect(await run('kms audit export --out', out)).toMatchObject({
        code: 1,
        complained: expect.stringContaining('EEXIST'),
      });
      const lines = readFileSync(out, 'utf8').trim().split('\n');
      const cut = file('cut.jsonl', `${[...lines.slice(0, 2), ...lines.slice(3)].join('\n')}\n`);
      expect((await run('kms audit verify', cut)).code).toBe(1);
    });

    it('barrier and rekey tell where the keys stand', async () => {
      expect((await run('kms barrier')).printed).toMatch(/content/);
      expect(await run('kms rekey --status')).toMatchObject({
        code: 0,
        printed: expect.stringMatching(/no .*round|not /i),
      });
      expect((await run('kms rekey')).complained).toBe('Say where the new shares go: --out <folder> is missing.\n');
    });

    it('status exits with 2 while it is sealed, and the job of a deployment opens it again', async () => {
      expect(await run('kms status')).toMatchObject({ code: 0, printed: 'unsealed (3 of 5 shares)\n' });
      expect(await run('kms seal')).toMatchObject({ code: 0, printed: 'sealed: 0 of 3 shares given\n' });
      expect((await run('kms status')).code).toBe(2);
      expect(await run('kms unseal --acknowledge-rollback --share-file', shares()[0]!)).toMatchObject({
        code: 2,
        printed: 'There is no rollback to acknowledge.\nsealed: 1 of 3 shares given\n',
      });
      const { caFile, clientCerts, urls } = suite.file;
      Object.assign(process.env, {
        CRYPTOUTIL_TLS_CA_FILE: caFile,
        CRYPTOUTIL_TLS_CERT_FILE: clientCerts.ops.certFile,
        CRYPTOUTIL_TLS_KEY_FILE: clientCerts.ops.keyFile,
      });
      const bootstrap = () =>
        run(`deploy bootstrap --shares ${join(home, 'shares')} --kms ${urls.kms} --authz ${urls.authz}`);
      expect((await bootstrap()).complained).toContain('CRYPTOUTIL_RS_URL are needed.');
      process.env.CRYPTOUTIL_RS_URL = urls.rs;
      const done = 'The kms is unsealed.\nThe resource server is registered with authz.\n';
      for (const _time of [1, 2]) expect(await bootstrap()).toMatchObject({ code: 0, printed: done });
      expect((await run('kms status')).code).toBe(0);
    }, 60_000);
  });

  it('kubernetes register registers the resource server, by the certificate of ops alone', async () => {
    const { caFile, clientCerts, urls } = suite.file;
    const trust = ['--ca-file', caFile, '--cert-file', clientCerts.ops.certFile, '--key-file', clientCerts.ops.keyFile];
    const register = (...words: string[]) =>
      run(`kubernetes register --url ${urls.authz}/ --rs-url ${urls.rs}`, ...words);
    expect((await register(...trust)).printed).toBe('The resource server is registered with authz.\n');
    const rs = ['--cert-file', join(home, 'pki/rs.crt'), '--key-file', join(home, 'pki/rs.key')];
    expect((await register(...trust, ...rs)).complained).toMatch(/^The resource server was not registered: /);
  });

  it('health asks once', async () => {
    const ca = ['--ca-file', suite.file.caFile];
    expect((await run(`health ${suite.file.urls.rs}/health`, ...ca)).code).toBe(0);
    expect((await run(`health ${suite.file.urls.rs}/absent`, ...ca)).code).toBe(1);
  });

  it('checklist: one item alone, and a record that proves itself', async () => {
    const records = join(folder, 'records');
    const done = await run('checklist post --non-interactive --only kms.unsealed --by Ada --records', records);
    expect([done.code, done.printed]).toEqual([0, expect.stringContaining('Signed by the key service.')]);
    const [, record] = /^Record: (\S+)$/m.exec(done.printed)!;
    expect((await run('checklist verify', record!)).code).toBe(0);
    const forged = file('forged.json', readFileSync(record!, 'utf8').replaceAll('Ada', 'Eve'));
    expect(await run('checklist verify', forged)).toMatchObject({
      code: 1,
      complained: expect.stringContaining('changed after it was signed'),
    });
    expect((await run('checklist post --only no.such-item')).complained).toContain('no.such-item');
    expect((await run('checklist list --phase quarterly')).printed).toMatch(/^\w+\.[\w-]+ +\S/);
  }, 60_000);

  it('backup: keys, a set, its proof by restoring it, retention; and back into the databases once the suite has stopped', async () => {
    const keys = join(home, 'backup-keys');
    expect(await run('backup list')).toMatchObject({ code: 1 });
    expect((await run('backup keygen --out', keys)).printed).toContain('Made two key pairs');
    expect((await run('backup list')).code).toBe(3);
    const metrics = join(folder, 'backup.prom');
    const made = await run('backup create --keep-last 1 --metrics-file', metrics);
    const [, id] = /^(\S+): \d+ rows, \d+ KiB, in /m.exec(made.printed)!;
    expect(readFileSync(metrics, 'utf8')).toContain('cryptoutil_backup_succeeded{operation="create"} 1\n');
    expect((await run('backup list')).printed).toContain(id!);
    const verified = await run('backup verify --share-file', ...shares().slice(0, 3));
    expect(verified.printed).toMatch(/^opened: .*; audit chain whole \(\d+ events\)/m);
    expect(verified.printed).toMatch(new RegExp(`^${id} is good \\(`, 'm'));
    expect((await run('backup prune --keep-last 1')).printed).toBe('Nothing to remove.\n');

    expect((await run('backup restore')).complained).toMatch(
      /^The suite of \S+ runs \(process \d+\): stop it first\.\n$/,
    );
    await suite.stop();
    expect((await run('backup restore --replace')).complained).toContain('give the id of the set with --confirm');
    const restored = await run(`backup restore --replace --confirm ${id}`);
    expect(restored.printed).toMatch(
      new RegExp(`^${id} is in place: \\d+ rows, every write acknowledged before `, 'm'),
    );
    expect(restored.printed).toMatch(/^What was there before is in the schema \S+ of each database/m);
  }, 180_000);
});
