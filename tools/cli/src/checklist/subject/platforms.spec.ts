import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { initDeployment } from '../../deploy/init-deployment.js';
import { checked, failedOf } from '../sabotage/run.fixture.js';
import { composeSubject } from './compose-subject.js';
import { kubernetesSubject } from './kubernetes-subject.js';
import { parseRows, rowsSql } from './psql-rows.js';
import type { Subject } from './subject.js';

const root = new URL('../../../../../', import.meta.url).pathname;
const ports = { authz: 18080, idp: 18081, rs: 18082, kms: 19090 };

/** A stand-in for docker or kubectl: answers by the words of its command line, as the real one does. */
function program(folder: string, name: string, answers: Record<string, unknown>): void {
  const cases = Object.entries(answers).map(([words, answer], at) => {
    const file = join(folder, `${name}-${at}`);
    writeFileSync(file, typeof answer === 'string' ? answer : JSON.stringify(answer));
    return `*'${words.replaceAll(' ', "'*'")}'*) exec /bin/cat '${file}' ;;`;
  });
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\ncase "$*" in\n${cases.join('\n')}\nesac\necho "unknown: $*" >&2\nexit 1\n`);
  chmodSync(file, 0o755);
}

describe('platforms', () => {
  let folder: string;
  const { PATH } = process.env;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cryptoutil-platforms-'));
    mkdirSync(join(folder, 'bin'));
  });
  beforeEach(() => {
    process.env.PATH = `${join(folder, 'bin')}:${PATH}`;
    jest.spyOn(console, 'log').mockImplementation(() => undefined);
  });
  afterEach(() => {
    process.env.PATH = PATH;
    jest.restoreAllMocks();
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  describe('Compose', () => {
    const container = (service: string, change: object = {}, log: object = { 'max-size': '10m', 'max-file': '5' }) => ({
      ...{ Id: service, Name: `/cryptoutil-${service}-1`, State: { Status: 'running', Health: { Status: 'healthy' } } },
      Config: {
        Env: ['CRYPTOUTIL_LOG_LEVEL=info', 'CRYPTOUTIL_DATABASE_PASSWORD_FILE=/run/secrets/database-password'],
        ...{ Cmd: ['identity', service], Entrypoint: ['cryptoutil'], StopTimeout: 40 },
        Labels: {
          'com.docker.compose.service': service,
          'org.opencontainers.image.version': '0.1.0',
          'org.opencontainers.image.revision': 'abc1234',
        },
        ...change,
      },
      HostConfig: { Memory: 536_870_912, LogConfig: { Type: 'json-file', Config: log } },
    });
    const names = ['authz-blue', 'idp-blue', 'rs-blue', 'kms-blue'];
    let subject: Subject;
    const docker = (containers: object[], more: Record<string, unknown> = {}) =>
      program(join(folder, 'bin'), 'docker', {
        ...more,
        'compose version': '2.30.0\n',
        'compose ps --all --quiet': `${names.join('\n')}\n`,
        'compose logs authz-blue':
          '{"level":"info","msg":"request","route":"/x","status":200,"duration_ms":1,"time":"2026-11-22T06:00:00Z"}\n',
        'compose logs': '',
        'compose exec postgres psql': '[{"used":20,"stuck":0,"most":100}]\n',
        'compose exec authz-blue cryptoutil --help': 'Usage: cryptoutil\n',
        inspect: containers,
        stats: names
          .map((name) =>
            JSON.stringify({ Name: `cryptoutil-${name}-1`, CPUPerc: '2.5%', MemUsage: '180.5MiB / 512MiB' }),
          )
          .join('\n'),
        'version --format': '27.0\n',
      });
    beforeAll(async () => {
      jest.spyOn(console, 'log').mockImplementation(() => undefined);
      mkdirSync(join(folder, 'compose'));
      cpSync(join(root, 'deployments/compose/compose.yml'), join(folder, 'compose/compose.yml'));
      const options = { image: 'cryptoutil:0.1.0', telemetry: false, bind: '0.0.0.0', authServicePort: 18443, ports };
      await initDeployment({ folder: join(folder, 'compose'), host: 'id.example.com', ...options });
      subject = composeSubject({ folder: join(folder, 'compose') });
    });
    const ids = [
      'configuration.log-rotation',
      'configuration.log-level',
      'secrets.environment',
      'secrets.permissions',
      'processes.healthy',
      'database.connections',
      'resources.cpu',
      'resources.memory',
      'logs.server-errors',
      'version.replicas',
      'deploy.program',
    ];

    it('is looked at by docker: what is well is found well', async () => {
      docker(names.map((name) => container(name)));
      const results = await checked(subject, 'post', ids);
      expect(results.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
      const evidence = Object.fromEntries(results.map(({ id, evidence: text }) => [id, text]));
      expect(evidence['version.replicas']).toBe('0.1.0 (abc1234) in 4 processes');
      expect(evidence['configuration.log-rotation']).toBe('json-file, 10m × 5');
      expect(evidence['resources.memory']).toContain('cryptoutil-kms-blue-1 189 MB');
      expect(evidence['logs.server-errors']).toBe('0 of 1 requests');
      expect(subject.urls).toMatchObject({
        authz: 'https://id.example.com:18080',
        authService: 'https://id.example.com:18443',
      });
      expect(subject.connectTo).toBe('127.0.0.1');
      const before = await checked(subject, 'pre', [
        'platform.operational',
        'deploy.graceful-stop',
        'tls.key-match',
        'secrets.jwt-age',
      ]);
      expect(before.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
      expect(await subject.configuration()).toMatchObject({ '.env CRYPTOUTIL_HOST': 'id.example.com' });
    });

    it.each([
      ['a secret in the environment of a container', 'secrets.environment', { Env: ['DB_PASSWORD=x'] }],
      ['debug level', 'configuration.log-level', { Env: ['CRYPTOUTIL_LOG_LEVEL=debug'] }],
      [
        'an image of another commit',
        'version.replicas',
        {
          Labels: {
            'com.docker.compose.service': 'rs-blue',
            'org.opencontainers.image.version': '0.1.0',
            'org.opencontainers.image.revision': 'def5678',
          },
        },
      ],
    ])('%s: %s', async (_sabotage, id, change) => {
      docker(names.map((name) => container(name, name === 'rs-blue' ? change : {})));
      expect(failedOf(await checked(subject, 'post', ids))).toEqual([id]);
    });

    it('logs without a limit: configuration.log-rotation; another colour is not looked at', async () => {
      docker([
        ...names.map((name) => container(name, {}, name === 'kms-blue' ? {} : undefined)),
        container('rs-green', { Env: ['DB_PASSWORD=x'] }),
      ]);
      expect(failedOf(await checked(subject, 'post', ids))).toEqual(['configuration.log-rotation']);
    });

    it('before the first start only files and the platform are looked at', async () => {
      docker([], { 'compose ps --all --quiet': '' });
      const results = await checked(subject, 'pre', [
        'tls.key-match',
        'platform.operational',
        'services.health',
        'kms.unsealed',
      ]);
      expect(results.map(({ id, verdict }) => [id, verdict]).sort()).toEqual([
        ['kms.unsealed', 'not-applicable'],
        ['platform.operational', 'passed'],
        ['services.health', 'not-applicable'],
        ['tls.key-match', 'passed'],
      ]);
    });

    it('without docker the platform is not operational', async () => {
      process.env.PATH = join(folder, 'nothing');
      const [result] = await checked(subject, 'pre', ['platform.operational']);
      expect(result).toMatchObject({
        verdict: 'failed',
        evidence: 'There is no docker on this machine (not found on PATH).',
      });
    });
  });

  describe('Kubernetes', () => {
    const clusterNames = ['identity-authz', 'identity-idp', 'identity-rs', 'cryptoutil-kms'];
    const pod = (name: string, ready = 'True', image = 'cryptoutil:0.1.0') => ({
      metadata: { name: `${name}-1`, labels: { 'app.kubernetes.io/name': name } },
      spec: {
        terminationGracePeriodSeconds: 45,
        containers: [{ image, args: ['identity'], env: [{ name: 'A', value: 'b' }, { name: 'C' }] }],
      },
      status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready }] },
    });
    const settings = clusterNames.map((name) => ({
      metadata: { name },
      data: {
        CRYPTOUTIL_PUBLIC_URL: `https://${name}.example`,
        CRYPTOUTIL_LOG_LEVEL: 'info',
        CRYPTOUTIL_KMS_URL: 'https://kms.internal:9090',
      },
    }));
    const kubectl = (pods: object[]) =>
      program(join(folder, 'bin'), 'kubectl', {
        'config current-context': 'test\n',
        'version -o json': { serverVersion: { gitVersion: 'v1.30.0' } },
        'get configmaps': { items: settings },
        'get pods cnpg.io/instanceRole=primary': 'cryptoutil-db-1',
        'get pods': { items: pods },
        'top pods': 'identity-rs-1   3m   150Mi\ncryptoutil-db-1   3m   900Mi\n',
        logs: '',
        'exec cryptoutil-db-1 psql': '[{"used":20,"stuck":0,"most":100}]',
        'exec deployment/identity-authz -- cryptoutil --help': 'Usage: cryptoutil',
        'rollout history': 'REVISION  CHANGE-CAUSE\n1         <none>\n2         <none>\n',
      });
    const ids = [
      'processes.healthy',
      'configuration.log-level',
      'secrets.environment',
      'version.replicas',
      'database.connections',
      'resources.memory',
      'deploy.program',
      'logs.crashes',
    ];
    beforeAll(() => cpSync(join(folder, 'compose/pki'), join(folder, 'ops'), { recursive: true }));
    const subject = async () => {
      const pki = join(folder, 'ops');
      for (const [from, to] of [
        ['ops.crt', 'tls.crt'],
        ['ops.key', 'tls.key'],
      ] as const)
        writeFileSync(join(pki, to), readFileSync(join(pki, from)));
      return kubernetesSubject({ namespace: 'cryptoutil-prod', ops: pki, kmsUrl: 'https://localhost:9090' });
    };

    it('is looked at by kubectl: what is well is found well', async () => {
      kubectl(clusterNames.map((name) => pod(name)));
      const one = await subject();
      const results = await checked(one, 'post', ids);
      expect(results.filter(({ verdict }) => verdict !== 'passed')).toEqual([]);
      expect(one.urls.kms).toBe('https://localhost:9090');
      expect(one.identifiers.kms).toBe('https://kms.internal:9090');
      const before = await checked(one, 'pre', [
        'platform.operational',
        'rollback.previous-version',
        'deploy.graceful-stop',
      ]);
      expect(before.map(({ evidence }) => evidence)).toEqual([
        'Kubernetes v1.30.0',
        '45 s and more',
        'kubectl rollout undo: 2 revisions of each',
      ]);
    });

    it('a pod that is not ready and one of another version are named', async () => {
      kubectl([...clusterNames.map((name) => pod(name)), pod('identity-rs', 'False', 'cryptoutil:0.0.9')]);
      expect(failedOf(await checked(await subject(), 'post', ids)).sort()).toEqual([
        'processes.healthy',
        'version.replicas',
      ]);
    });

    it('is refused without the certificate of ops, with exit code 2', async () => {
      await expect(kubernetesSubject({ namespace: 'x' })).rejects.toMatchObject({ exitCode: 2 });
    });
  });

  it('asks PostgreSQL for rows as one JSON text, in a read-only transaction', () => {
    expect(rowsSql("SELECT set_config('a', 'b', true); SELECT 1 AS one").filter((word) => word !== '-c')).toEqual([
      'BEGIN READ ONLY',
      "DO $$ BEGIN PERFORM 1 FROM (SELECT set_config('a', 'b', true)) AS ignored; END $$",
      "SELECT coalesce(json_agg(row), '[]') FROM (SELECT 1 AS one) AS row",
      'COMMIT',
    ]);
    expect(parseRows({ code: 0, output: '[{"one":1}]\n' })).toEqual([{ one: 1 }]);
    expect(() => parseRows({ code: 2, output: '', complaint: 'psql: FATAL\n' })).toThrow('psql: FATAL');
  });
});
