import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Agent, request } from 'undici';
import { authzSettings, startAuthz } from '@cryptoutil/authz';
import { ConfigurationError, readSettings } from '@cryptoutil/config';
import { databaseSettings } from '@cryptoutil/database';
import { idpSettings, startIdp } from '@cryptoutil/idp';
import { kmsSettings, startKms } from '@cryptoutil/kms';
import { CertificateStore } from '@cryptoutil/pki';
import { rsSettings, startRs } from '@cryptoutil/rs';
import type { Container, Labels } from './manifest.js';
import { suiteManifests, temporaryFolder } from './manifests.fixture.js';
import { TestNode, volumeOf, writeVolume } from './node.fixture.js';
import { workloads, type Workload } from './pods.js';

const services = [
  { name: 'identity-authz', settings: authzSettings, start: startAuthz },
  { name: 'identity-idp', settings: idpSettings, start: startIdp },
  { name: 'identity-rs', settings: rsSettings, start: startRs },
  { name: 'cryptoutil-kms', settings: kmsSettings, start: startKms },
];
/** What the image sets itself. */
const imageEnvironment = { CRYPTOUTIL_COMMIT: '0123456789abcdef0123456789abcdef01234567' };

const manifests = suiteManifests();
const folder = temporaryFolder();
let node: TestNode;
beforeAll(async () => void (node = await TestNode.create(manifests, folder.path)));
afterAll(() => folder.remove());

const workloadOf = (name: string): Workload =>
  workloads(manifests).find(({ manifest }) => manifest.metadata.name === name)!;
const environmentOfService = async (name: string): Promise<Labels> => {
  const workload = workloadOf(name);
  return { ...imageEnvironment, ...(await node.environment(workload, workload.pod.containers[0]!)) };
};

describe.each(services)('$name', ({ name, settings, start }) => {
  test('has the settings it wants, and no others', async () => {
    const env = await environmentOfService(name);
    const read = readSettings(settings, env);
    expect(String(read.http.listenPort)).toBe(env.CRYPTOUTIL_LISTEN_PORT);
    expect(workloadOf(name).pod.containers[0]!.ports![0]!.containerPort).toBe(read.http.listenPort);
    expect(() => readSettings(settings, { ...env, CRYPTOUTIL_LISTEN_PROT: '1' })).toThrow(ConfigurationError);
  });

  test('lists no variable that neither it nor OpenTelemetry knows', async () => {
    const env = await environmentOfService(name);
    expect(Object.keys(env).filter((variable) => !/^(CRYPTOUTIL|OTEL)_/.test(variable))).toEqual([]);
  });

  test('answers at the paths of its probes, also while its database is away', async () => {
    const { OTEL_EXPORTER_OTLP_ENDPOINT: _collector, ...env } = await environmentOfService(name);
    const service = await start({
      ...env,
      ...{ CRYPTOUTIL_LISTEN_HOST: '127.0.0.1', CRYPTOUTIL_LISTEN_PORT: '0', CRYPTOUTIL_LOG_LEVEL: 'fatal' },
      ...{ CRYPTOUTIL_DATABASE_HOST: '127.0.0.1', CRYPTOUTIL_DATABASE_PORT: '1' },
      ...('CRYPTOUTIL_AUTH_SERVICE_LISTEN_PORT' in env && { CRYPTOUTIL_AUTH_SERVICE_LISTEN_PORT: '0' }),
    });
    const agent = new Agent({ connect: { ca: node.authority.certificatePem } });
    const ask = async (probe: keyof Container & `${string}Probe`): Promise<number> => {
      const { path } = workloadOf(name).pod.containers[0]![probe]!.httpGet!;
      const { statusCode, body } = await request(new URL(path, service.url), { dispatcher: agent });
      expect(await body.json()).toHaveProperty('status');
      return statusCode;
    };
    try {
      expect(await ask('startupProbe')).toBe(200);
      expect(await ask('livenessProbe')).toBe(200);
      expect(await ask('readinessProbe')).toBe(503);
    } finally {
      await service.close();
      await agent.close();
    }
  });

  test('takes over a certificate that was renewed in its Secret', async () => {
    const { tls } = readSettings(settings, await environmentOfService(name));
    const store = await CertificateStore.open(tls);
    try {
      const changed = new Promise((resolve) => store.onChange(resolve));
      writeVolume(volumeOf(tls.certFile), (await node.certificate(`${name}-tls`))!);
      await changed;
      expect(store.problem).toBeUndefined();
    } finally {
      store.close();
    }
  });
});

test.each(workloadOf('cryptoutil-migrate').pod.containers)(
  'the migration of $name has the database of its service',
  async (container) => {
    expect(container.args).toEqual(['migrate', container.name]);
    const env = await node.environment(workloadOf('cryptoutil-migrate'), container);
    const own = Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith('CRYPTOUTIL_DATABASE_')));
    const { database } = readSettings({ database: databaseSettings({ name: 'none' }) }, own);
    expect(database).toMatchObject({ name: `cryptoutil_${container.name}`, user: `cryptoutil_${container.name}` });
  },
);
