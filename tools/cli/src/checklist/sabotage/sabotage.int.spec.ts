import {
  appendFileSync,
  chmodSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '@cryptoutil/database/embedded';
import type { Client } from 'pg';
import { KmsAdmin } from '../../kms-admin/kms-admin.js';
import { unsealWith } from '../../kms-admin/kms-actions.js';
import { readShareFiles } from '../../kms-admin/shares.js';
import { ChildService } from '../../processes/child-service.js';
import { serviceEnvironment } from '../../services/service-environment.js';
import type { ServiceName } from '../../services/services.js';
import { startSuite } from '../../suite/start-suite.js';
import type { RunningSuite } from '../../suite/running-suite.js';
import type { Phase } from '../check.js';
import { runChecklist } from '../checklist.js';
import type { CheckOptions } from '../context.js';
import type { SignedRecord } from '../record/record.js';
import { verifyRecord } from '../record/sign-record.js';
import { devSubject } from '../subject/dev-subject.js';
import type { Subject } from '../subject/subject.js';
import {
  closeFronts,
  front,
  issuedByStranger,
  issuedBySuite,
  plainServer,
  serverWith,
  type Passing,
} from './front.fixture.js';
import { alterations } from './alterations.fixture.js';
import { realBackups } from './backups.fixture.js';
import {
  at,
  checked,
  connectAsOwner,
  failedOf,
  firstIn,
  laterPhases,
  options,
  withEnvironment,
  withProcesses,
} from './run.fixture.js';

const localhost = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };
const tlsChecks = ['tls.chain', 'tls.names', 'tls.expiry', 'tls.identities'];
const day = 86_400;

/** One suite, sabotaged in one way after the other; each must be found by the item that names it, and by no other of its kind. */
describe('a checklist', () => {
  let suite: RunningSuite;
  let subject: Subject;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'cryptoutil-checklist-'));
    suite = await startSuite({ home: join(folder, 'home'), ports: { authz: 0, idp: 0, rs: 0, kms: 0, postgres: 0 } });
    subject = devSubject(join(folder, 'home'));
  }, 180_000);
  afterAll(async () => {
    await closeFronts();
    await suite?.remove();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  const log = (name: string) => join(suite.context.home.logs, `${name}.log`);
  const asOwner = async <T>(service: ServiceName, work: (client: Client) => Promise<T>): Promise<T> => {
    const client = await connectAsOwner(suite, service);
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  };

  it('is green on a suite that is well, signed by the key service, and leaves nothing behind', async () => {
    const printed: string[] = [];
    const { code, results, signed } = await runChecklist(subject, options(), (line) => printed.push(line));
    expect(results.filter(({ verdict }) => verdict === 'failed' || verdict === 'confirm')).toEqual([]);
    expect(code).toBe(0);
    expect(results.length).toBeGreaterThan(60);
    expect(printed.join('\n')).toContain('Signed by the key service.');
    expect(await verifyRecord(signed)).toMatch(/^[\w-]{43}$/);
    const secrets = subject.secretFiles
      .filter((file) => !file.endsWith('.json'))
      .map((file) => readFileSync(file, 'utf8').trim());
    const all = JSON.stringify(signed) + printed.join('\n');
    expect(secrets.filter((secret) => all.includes(secret))).toEqual([]);
    const [row] = await subject.query(
      'authz',
      "SELECT (SELECT count(*) FROM client WHERE client_id LIKE 'checklist-%')::int + (SELECT count(*) FROM gateway_client WHERE client_id LIKE 'checklist-%')::int AS left_over",
    );
    expect(row).toEqual({ left_over: 0 });
    expect(printed.join('\n')).not.toContain('Not removed');
  }, 60_000);

  // An item that belongs to several phases has been run in the first of them; the end of certificates is judged differently before a deployment.
  it.each(laterPhases.map((phase) => [phase, firstIn(phase)] as const))(
    'finds nothing wrong with it in the phase %s',
    async (phase, only) => {
      expect(only).not.toEqual([]);
      expect(failedOf(await checked(subject, phase, phase === 'pre' ? [...only, 'tls.expiry'] : only))).toEqual([]);
    },
    60_000,
  );

  it('says of a changed record, a foreign key and an unsigned one that they prove nothing', async () => {
    const { signed } = await runChecklist(subject, options({ only: ['kms.unsealed'] }), () => undefined);
    const changed: SignedRecord = { ...signed, record: { ...signed.record, outcome: 'passed', by: 'somebody else' } };
    await expect(verifyRecord(changed)).rejects.toThrow('changed after it was signed');
    await expect(verifyRecord(signed, [])).rejects.toThrow('not among the trusted keys');
    const [key] = signed.keys as { kid: string }[];
    const foreign = { ...signed, keys: [{ ...key, x: Buffer.alloc(32, 7).toString('base64url') }] };
    await expect(verifyRecord(foreign)).rejects.toThrow('The signature of the record is wrong');
    await expect(verifyRecord({ ...signed, signature: 'x' })).rejects.toThrow('no JWS');
    await expect(verifyRecord({ ...signed, signature: null, unsigned_because: 'sealed' })).rejects.toThrow(
      'not signed: sealed',
    );
  });

  describe('certificates', () => {
    const rs = async (days: number, more = {}) =>
      at(
        subject,
        'rs',
        await serverWith(await issuedBySuite(subject, { identity: 'rs', ...localhost, days, ...more })),
      );
    it.each<[string, string, () => Promise<Subject>]>([
      ['an expired certificate', 'tls.expiry', () => rs(-1)],
      ['a certificate that ends in 20 days', 'tls.expiry', () => rs(20)],
      ['a certificate for another name', 'tls.names', () => rs(100, { dnsNames: ['other.example'], ipAddresses: [] })],
      ['a certificate of another service', 'tls.identities', () => rs(100, { identity: 'idp' })],
      [
        'a certificate of a foreign authority',
        'tls.chain',
        async () =>
          at(subject, 'rs', await serverWith(await issuedByStranger({ identity: 'rs', ...localhost, days: 10_000 }))),
      ],
    ])('%s: %s', async (_sabotage, id, make) => {
      const sabotaged = await make();
      const results = await checked(sabotaged, 'post', tlsChecks);
      // The foreign authority lives ten days, and so does what it signs.
      expect(failedOf(results).filter((found) => id !== 'tls.chain' || found !== 'tls.expiry')).toEqual([id]);
      expect(results.find((each) => each.id === id)!.evidence).toMatch(/^rs /);
    });

    it('a key that is another certificate’s: tls.key-match', async () => {
      const [first, second] = subject.certificates;
      const mixed = { ...subject, certificates: [{ ...first!, keyFile: second!.keyFile }] };
      const [result] = await checked(mixed, 'pre', ['tls.key-match']);
      expect(result).toMatchObject({ verdict: 'failed', evidence: "authz: the key is not the certificate's" });
    });

    it('plain HTTP: tls.enforced', async () => {
      expect(failedOf(await checked(at(subject, 'idp', await plainServer()), 'post', ['tls.enforced']))).toEqual([
        'tls.enforced',
      ]);
    });
  });

  describe('something before a service that alters its answers', () => {
    const altered = async (name: 'rs' | 'authService', alter: (passing: Passing) => unknown) =>
      at(subject, name, await front(subject, name === 'rs' ? 'rs' : 'authz', subject.urls[name], alter));
    const plain = [
      'headers.security',
      'debug.endpoints',
      'swagger.documents',
      'clock.services',
      'refusal.unauthorized',
      'metrics.available',
      'services.health',
    ];
    const withClients = [
      'cors.foreign-origin',
      'refusal.invalid-token',
      'refusal.scope',
      'refusal.malformed-json',
      'limits.headers',
    ];

    it('is looked through when it alters nothing', async () => {
      expect(
        failedOf(
          await checked(await altered('rs', () => undefined), 'post', [...plain, ...withClients, 'load.concurrent']),
        ),
      ).toEqual([]);
    });

    it.each(alterations)('%s: %s', async (_sabotage, id, name, alter) => {
      const related = [plain, withClients].find((group) => group.includes(id)) ?? [id];
      const results = await checked(await altered(name, alter), 'post', related);
      expect(failedOf(results)).toEqual([id]);
      expect(results.find((each) => each.id === id)!.todo).toBeTruthy();
    });
  });

  describe('settings and processes', () => {
    const group = [
      'configuration.log-level',
      'configuration.cors',
      'configuration.log-rotation',
      'database.pool-limit',
      'database.connect-timeout',
      'secrets.environment',
      'debug.inspector',
      'processes.healthy',
    ];

    it('a replica of another version, at debug level, with secrets in its environment, an inspector, a large pool and a long timeout: each by its item', async () => {
      const { context } = suite;
      const port = await freePort();
      const environment = {
        ...serviceEnvironment('rs', context),
        CRYPTOUTIL_LISTEN_PORT: String(port),
        CRYPTOUTIL_LOG_LEVEL: 'debug',
        CRYPTOUTIL_COMMIT: 'deadbeefdeadbeef',
        CRYPTOUTIL_DATABASE_POOL_SIZE: '190',
        CRYPTOUTIL_DATABASE_CONNECT_TIMEOUT_MS: '60000',
        DB_PASSWORD: 'correct horse',
        START: 'kms1-abc-1of5-t3-AAAAAAAAAA-00',
        NODE_OPTIONS: '--inspect=127.0.0.1:0',
      };
      const child = await ChildService.start({ name: 'rs', environment, logFile: join(folder, 'replica.log') });
      context.lock.addChild('rs-bad', child.pid);
      try {
        await suite.waitReady('rs', child, port);
        const collectorUrl = `http://127.0.0.1:${await freePort()}/`;
        const results = await checked(
          subject,
          'post',
          [...group, 'version.replicas', 'version.expected', 'telemetry.collector'],
          { collectorUrl, commit: 'abc1234' },
        );
        expect(failedOf(results).sort()).toEqual([
          'configuration.log-level',
          'database.connect-timeout',
          'database.pool-limit',
          'debug.inspector',
          'secrets.environment',
          'telemetry.collector',
          'version.expected',
          'version.replicas',
        ]);
        const evidence = Object.fromEntries(results.map(({ id, evidence: text }) => [id, text]));
        expect(evidence['configuration.log-level']).toBe('rs-bad logs at debug');
        expect(evidence['secrets.environment']).toMatch(/^rs-bad has DB_PASSWORD.*START/);
        expect(evidence['database.connect-timeout']).toBe('rs-bad waits 60000 ms');
        expect(evidence['version.replicas']).toContain('rs-bad 0.1.0 (deadbeefdead)');
        expect(JSON.stringify(results)).not.toContain('correct horse');
      } finally {
        await child.stop();
        context.lock.removeChild('rs-bad');
      }
    }, 60_000);

    it.each<[string, string, (subject: Subject) => Subject]>([
      [
        'a pool of more than 200',
        'database.pool-limit',
        (one) => withEnvironment(one, { CRYPTOUTIL_DATABASE_POOL_SIZE: '201' }),
      ],
      [
        'CORS for every origin',
        'configuration.cors',
        (one) => withEnvironment(one, { CRYPTOUTIL_AUTH_SERVICE_CORS_ORIGINS: '*' }, 'authz'),
      ],
      ['logs without a limit', 'configuration.log-rotation', (one) => withProcesses(one, { logBound: undefined })],
      ['a process that does not get ready', 'processes.healthy', (one) => withProcesses(one, { state: 'starting' })],
    ])('%s: %s', async (_sabotage, id, sabotage) => {
      expect(failedOf(await checked(sabotage(subject), 'post', group))).toEqual([id]);
    });

    it.each<[string, string, Phase, (subject: Subject) => Subject]>([
      [
        'no rate limit',
        'configuration.rate-limits',
        'pre',
        (one) => withEnvironment(one, { CRYPTOUTIL_AUTH_SERVICE_CLIENT_RPS: '0' }, 'authz'),
      ],
      [
        'two services in one database',
        'database.dsn',
        'pre',
        (one) => withEnvironment(one, { CRYPTOUTIL_DATABASE_NAME: 'cryptoutil_kms' }),
      ],
      ['10 s for requests in flight', 'deploy.graceful-stop', 'pre', (one) => withProcesses(one, { graceSeconds: 10 })],
      [
        'CPU at 95 %',
        'resources.cpu',
        'post',
        (one) => ({ ...one, usage: () => Promise.resolve([{ id: 'rs', cpu: 0.95, memoryBytes: 1 }]) }),
      ],
      [
        'memory at its limit',
        'resources.memory',
        'post',
        (one) => ({ ...one, usage: () => Promise.resolve([{ id: 'rs', cpu: 0, memoryBytes: 95, limitBytes: 100 }]) }),
      ],
      [
        'a database clock 2 minutes behind',
        'clock.database',
        'post',
        (one) => ({ ...one, query: () => Promise.resolve([{ now: Date.now() / 1000 - 120 }]) }),
      ],
      [
        'damaged pages',
        'database.consistency',
        'weekly',
        (one) => ({ ...one, query: () => Promise.resolve([{ checksums: 'on', failures: 2, invalid: 0 }]) }),
      ],
    ])('%s: %s', async (_sabotage, id, phase, sabotage) => {
      expect(failedOf(await checked(sabotage(subject), phase, [id]))).toEqual([id]);
    });

    it('connections used up: database.connections', async () => {
      const [row] = await subject.query(
        'rs',
        "SELECT current_setting('max_connections')::int AS most, (SELECT count(*)::int FROM pg_stat_activity) AS used",
      );
      const { most, used } = row as { most: number; used: number };
      const connect = () => connectAsOwner(suite, 'rs');
      const clients = await Promise.all(Array.from({ length: Math.ceil(most * 0.92) - used }, connect));
      try {
        expect(failedOf(await checked(subject, 'post', ['database.connections']))).toEqual(['database.connections']);
      } finally {
        await Promise.all(clients.map((client) => client.end()));
      }
    });

    it('a port that another program has taken: ports.available', async () => {
      const server = createServer((socket) => socket.destroy());
      await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
      const taken = at(subject, 'idp', `https://localhost:${(server.address() as AddressInfo).port}`);
      const [result] = await checked(taken, 'pre', ['ports.available']);
      server.close();
      expect(result).toMatchObject({
        verdict: 'failed',
        evidence: expect.stringMatching(/of idp is taken by another program$/),
      });
    });
  });

  describe('secrets and backups', () => {
    const group = ['secrets.permissions', 'secrets.jwt', 'kms.shares'];
    const expectOnly = async (id: string, phase: Phase = 'post', only = group) =>
      expect(failedOf(await checked(subject, phase, only))).toEqual([id]);

    it('a secret that everybody can read: secrets.permissions', async () => {
      chmodSync(subject.jwtSecretFile!, 0o644);
      await expectOnly('secrets.permissions');
      chmodSync(subject.jwtSecretFile!, 0o600);
    });

    it('a short JWT secret: secrets.jwt; one of 91 days: secrets.jwt-age', async () => {
      const before = readFileSync(subject.jwtSecretFile!);
      writeFileSync(subject.jwtSecretFile!, 'short\n');
      await expectOnly('secrets.jwt');
      writeFileSync(subject.jwtSecretFile!, before);
      const old = Date.now() / 1000 - 91 * day;
      utimesSync(subject.jwtSecretFile!, old, old);
      await expectOnly('secrets.jwt-age', 'pre', [...group, 'secrets.jwt-age']);
      utimesSync(subject.jwtSecretFile!, new Date(), new Date());
    });

    it('share files that are gone: kms.shares', async () => {
      const gone = subject.shareFiles.slice(0, 3);
      for (const file of gone) renameSync(file, `${file}.away`);
      const results = await checked(subject, 'post', group);
      for (const file of gone) renameSync(`${file}.away`, file);
      expect(failedOf(results)).toEqual(['kms.shares']);
    });

    const list = (good: number | null, verified: number | null, sets: object[] = [{ id: 'set', good: true }]) =>
      JSON.stringify({ last_good_age_seconds: good, last_verified_age_seconds: verified, sets });
    it.each([
      ['a stale backup', list(3 * day, day), ['backup.recent']],
      ['a backup that was never restored', list(100, null), ['backup.restore-tested']],
      ['a restore test of 31 days ago', list(100, 31 * day), ['backup.restore-tested']],
      [
        'a newest backup that is broken',
        list(100, day, [{ id: 'set', good: false, fault: 'a file is missing' }]),
        ['backup.recent'],
      ],
    ])('%s', async (_what, output, expected) => {
      const backedUp = { ...subject, backupList: () => Promise.resolve({ code: 0, output }) };
      expect(failedOf(await checked(backedUp, 'pre', ['backup.recent', 'backup.restore-tested']))).toEqual(expected);
    });
  });

  it('real backups are good when made and verified, and are found when they are three days old and were never tried', async () => {
    const only = ['backup.recent', 'backup.restore-tested'];
    const { make, verify } = await realBackups(suite.context.home, subject.shareFiles);
    // The two run at once.
    const found = async () =>
      Object.fromEntries(
        (await checked(subject, 'pre', only)).map(({ id, verdict, evidence }) => [id, `${verdict}: ${evidence}`]),
      );
    const never = 'failed: no backup was ever restored for a trial with its shares';
    expect(await found()).toEqual({ 'backup.recent': 'failed: there is no backup', 'backup.restore-tested': never });
    await make(new Date(Date.now() - 3 * day * 1000));
    expect(await found()).toEqual({
      'backup.recent': 'failed: the newest good backup is 3 days old',
      'backup.restore-tested': never,
    });
    await make();
    await verify();
    expect(await found()).toEqual({
      'backup.recent': expect.stringMatching(/^passed: .* 0 h old, whole$/),
      'backup.restore-tested': 'passed: restored and opened 0 days ago',
    });
  }, 90_000);

  describe('logs', () => {
    const group = ['logs.server-errors', 'logs.crashes', 'logs.sensitive', 'rollback.triggers', 'tls.log-errors'];
    const request = (code: number) =>
      `${JSON.stringify({ level: 'info', time: new Date().toISOString(), msg: 'request', route: '/x', status: code, duration_ms: 1 })}\n`;
    it.each<[string, string[], () => string]>([
      ['a token', ['logs.sensitive'], () => `{"msg":"got eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"}\n`],
      [
        'a secret that is in use',
        ['logs.sensitive'],
        () => `{"msg":"${readFileSync(subject.jwtSecretFile!, 'utf8').trim()}"}\n`,
      ],
      ['server errors', ['logs.server-errors', 'rollback.triggers'], () => request(500).repeat(500)],
      ['a crash', ['logs.crashes'], () => 'FATAL ERROR: Reached heap limit Allocation failed\n'],
    ])('with %s: %j', async (_what, ids, lines) => {
      const { size } = statSync(log('rs'));
      appendFileSync(log('rs'), lines());
      const results = await checked(subject, 'post', group);
      truncateSync(log('rs'), size);
      expect(failedOf(results).sort()).toEqual(ids);
    });

    it('with 503 among the services at a start are no errors of clients', async () => {
      const { size } = statSync(log('rs'));
      const line = request(503).replace('"route"', '"peer":"authz","route"');
      appendFileSync(log('rs'), line.repeat(500));
      const results = await checked(subject, 'post', ['logs.server-errors', 'rollback.triggers']);
      truncateSync(log('rs'), size);
      expect(failedOf(results)).toEqual([]);
    });

    it('with errors and TLS errors are for a person to explain', async () => {
      const { size } = statSync(log('rs'));
      appendFileSync(log('rs'), '{"level":"error","msg":"peer refused: ERR_TLS_CERT_ALTNAME_INVALID"}\n');
      const results = await checked(subject, 'post', ['logs.errors', 'tls.log-errors']);
      truncateSync(log('rs'), size);
      expect(results.map(({ verdict }) => verdict)).toEqual(['confirm', 'confirm']);
      expect(results.map(({ evidence }) => evidence).join()).toContain('1 × rs: peer refused');
    });
  });

  describe('the running suite', () => {
    it('an audit chain that was changed: audit.chain', async () => {
      expect(failedOf(await checked(subject, 'weekly', ['audit.chain']))).toEqual([]);
      const swap = (from: string, to: string) =>
        asOwner('kms', (client) =>
          client.query(`UPDATE audit_events SET event = replace(event, '${from}', '${to}') WHERE seq = 1`),
        );
      await swap('"who"', '"wh0"');
      const [result] = await checked(subject, 'weekly', ['audit.chain']);
      await swap('"wh0"', '"who"');
      expect(result).toMatchObject({ verdict: 'failed', evidence: expect.stringContaining('broken at line 1') });
    });

    it('a migration that is pending: database.migrations', async () => {
      const [row] = await asOwner(
        'rs',
        async (client) =>
          (
            await client.query<{ timestamp: string; name: string }>(
              'DELETE FROM migrations WHERE id = (SELECT max(id) FROM migrations) RETURNING timestamp, name',
            )
          ).rows,
      );
      const [result] = await checked(subject, 'post', ['database.migrations']);
      await asOwner('rs', (client) =>
        client.query('INSERT INTO migrations (timestamp, name) VALUES ($1, $2)', [row!.timestamp, row!.name]),
      );
      expect(result).toMatchObject({ verdict: 'failed', evidence: expect.stringMatching(/^rs: rs: pending/) });
    }, 60_000);

    it('a sealed key service: kms.unsealed, and a record that says why it is not signed', async () => {
      const kms = new KmsAdmin(subject.urls.kms, suite.context.operator);
      await kms.seal();
      const { code, results, signed } = await runChecklist(
        subject,
        options({ only: ['kms.unsealed', 'services.live', 'kms.round-trip'] }),
        () => undefined,
      );
      await unsealWith(kms, readShareFiles(subject.shareFiles));
      await suite.waitReady('authz');
      expect([code, failedOf(results)]).toEqual([1, ['kms.unsealed', 'kms.round-trip']]);
      expect(signed).toMatchObject({ signature: null, unsigned_because: expect.stringContaining('sealed') });
    }, 60_000);

    it('a service that is down: processes.healthy and services.health name it', async () => {
      await suite.kill('idp');
      const results = await checked(subject, 'post', ['processes.healthy', 'services.health', 'services.live']);
      expect(failedOf(results).sort()).toEqual(['processes.healthy', 'services.health']);
      expect(results.find(({ id }) => id === 'processes.healthy')!.evidence).toBe('idp is ended');
      expect(results.find(({ id }) => id === 'services.health')!.evidence).toMatch(/^idp does not answer/);
      await suite.restart('idp');
    }, 60_000);

    it('a database that is down: database.reachable names it, and nothing crashes', async () => {
      await suite.stopDatabase();
      const sabotages: Partial<CheckOptions> = {};
      const results = await checked(
        subject,
        'post',
        ['database.reachable', 'database.connections', 'clock.services', 'flow.code'],
        sabotages,
      );
      await suite.startDatabase();
      expect(failedOf(results).sort()).toEqual(['database.connections', 'database.reachable', 'flow.code']);
      expect(results.find(({ id }) => id === 'database.reachable')!.evidence).toContain('authz: ECONNREFUSED');
    }, 60_000);
  });
});
