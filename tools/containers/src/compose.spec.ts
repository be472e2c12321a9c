import { describe, expect, it } from '@jest/globals';
import {
  composeFile,
  mountTargets,
  networksOf,
  secretTargets,
  shipped,
  shippedYaml,
  type ComposeFile,
} from './shipped-files.fixture.js';

const compose = composeFile();
const services = Object.entries(compose.services);
const suite = ['authz', 'idp', 'rs', 'kms'].flatMap((name) => ['blue', 'green'].map((colour) => `${name}-${colour}`));

describe('deployments/compose/compose.yml', () => {
  it('runs each of the four services in both colours, which differ in image, profile and name alone', () => {
    for (const name of ['authz', 'idp', 'rs', 'kms']) {
      const blue = compose.services[`${name}-blue`]!;
      const green = compose.services[`${name}-green`]!;
      expect([blue.profiles, green.profiles]).toEqual([['blue'], ['green']]);
      expect({ ...green, image: blue.image, profiles: blue.profiles, networks: blue.networks }).toEqual(blue);
      expect([blue.image, green.image]).toEqual([
        '${CRYPTOUTIL_BLUE_IMAGE:-cryptoutil:0.1.0}',
        '${CRYPTOUTIL_GREEN_IMAGE:-cryptoutil:0.1.0}',
      ]);
    }
  });

  it.each(services)('names a version for the image of %s, never latest', (_name, { image }) => {
    const tag = /:-?([\w.-]+:[\w.-]+)\}$/.exec(image)?.[1] ?? image;
    expect(tag).toMatch(/:\d/);
  });

  it.each(services.filter(([name]) => name !== 'grafana'))(
    'gives %s a read-only root, a user and no privileges',
    (_name, service) => {
      expect(service).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        user: expect.stringMatching(/^\$\{CRYPTOUTIL_UID/) as unknown,
      });
    },
  );

  it.each(services)('bounds the memory, processors and processes of %s', (_name, { deploy }) => {
    expect(Object.keys(deploy!.resources!.limits!).sort()).toEqual(['cpus', 'memory', 'pids']);
  });

  it.each(services)('puts no secret into the environment of %s: passwords and keys are files', (_name, service) => {
    const mounts = mountTargets(service);
    const targets = [...secretTargets(service), ...['tls.crt', 'tls.key'].map((file) => `${mounts[0]}/${file}`)];
    if (mounts.includes('/run/authority')) targets.push('/run/authority/ca.crt');
    if (mounts.includes('/run/authz')) targets.push('/run/authz/auth-service-jwt-secret');
    for (const [variable, value] of Object.entries(service.environment ?? {})) {
      if (!/PASSWORD|SECRET|KEY|CERT|CA_FILE/.test(variable)) continue;
      expect(variable).toMatch(/_FILE$/);
      expect(targets).toContain(value);
    }
  });

  it('mounts only secrets that are declared, each from a file that deploy init makes', () => {
    for (const [, { secrets = [] }] of services) {
      for (const secret of secrets)
        expect(compose.secrets).toHaveProperty(typeof secret === 'string' ? secret : secret.source);
    }
    for (const { file } of Object.values(compose.secrets)) expect(file).toMatch(/^\.\/secrets\//);
  });

  it.each(suite)('gives the key of %s to no other service', (name) => {
    const [own] = name.split('-');
    const sources = compose.services[name]!.secrets!.map((secret) =>
      typeof secret === 'string' ? secret : secret.source,
    );
    expect(sources.every((source) => source.startsWith(`${own}-`))).toBe(true);
    const certificates = compose.services[name]!.volumes!.flatMap((volume) =>
      typeof volume !== 'string' && volume.source.startsWith('./pki') ? [volume] : [],
    );
    expect(certificates.map(({ source, target, read_only }) => [source, target, read_only])).toEqual([
      [`./pki/${own}`, '/run/tls', true],
      ['./pki/trust', '/run/authority', true],
    ]);
  });

  it('shows authz the folder of its own secrets and no other, so that it follows a rotated JWT secret', () => {
    const folders = suite.map((name) => [
      name.split('-')[0],
      ...compose.services[name]!.volumes!.flatMap((volume) =>
        typeof volume !== 'string' && volume.source.startsWith('./secrets')
          ? [volume.source, volume.target, volume.read_only]
          : [],
      ),
    ]);
    expect(folders.filter(([name]) => name === 'authz')).toEqual(
      Array.from({ length: 2 }, () => ['authz', './secrets/authz', '/run/authz', true]),
    );
    expect(folders.filter(([name, ...mounts]) => name !== 'authz' && mounts.length > 0)).toEqual([]);
  });

  it.each(suite)('checks the health of %s at a route that it has', (name) => {
    const [own] = name.split('-');
    const url = {
      authz: 'https://localhost:8080/health',
      idp: 'https://localhost:8081/health',
      rs: 'https://localhost:8082/health',
      kms: 'https://localhost:9090/admin/v1/readyz',
    }[own!];
    expect(compose.services[name]!.healthcheck!.test).toEqual(['CMD', 'cryptoutil', 'health', url]);
  });

  it.each(suite)('sets only variables that %s knows, and all it needs', (name) => {
    const own = name.split('-')[0]!;
    const gateway = own === 'authz' ? shipped('apps/authz/src/gateway/gateway.settings.ts') : '';
    const known = `${gateway} ${shipped(`apps/${own}/src/config.ts`)} ${[
      'http/src/settings',
      'database/src/settings',
      'pki/src/tls-settings',
      'oauth/src/settings',
      'telemetry/src/settings',
    ]
      .map((file) => shipped(`libs/${file}.ts`))
      .join(' ')}`;
    const variables = Object.keys(compose.services[name]!.environment!).filter((variable) =>
      variable.startsWith('CRYPTOUTIL_'),
    );
    for (const variable of variables) expect(known).toContain(`'${variable}'`);
    expect(variables).toEqual(expect.arrayContaining(['CRYPTOUTIL_PUBLIC_URL', 'CRYPTOUTIL_DATABASE_PASSWORD_FILE']));
  });

  it('lets only those who use it reach PostgreSQL, and publishes no port of it', () => {
    const near = services.filter(([, service]) => networksOf(service).includes('database')).map(([name]) => name);
    expect(near.sort()).toEqual(['backup', 'migrate', 'postgres', ...suite].sort());
    expect(networksOf(compose.services.postgres!)).toEqual(['database']);
    expect(compose.services.postgres!.ports).toBeUndefined();
    expect(compose.networks.database).toEqual({ internal: true });
  });

  it('publishes the ports of the services by way of HAProxy alone', () => {
    for (const name of suite) expect(compose.services[name]!.ports).toBeUndefined();
    expect(compose.services.haproxy!.ports).toHaveLength(5);
    for (const name of suite) {
      const internal = (compose.services[name]!.networks as Record<string, { aliases?: string[] }>).internal;
      expect(internal!.aliases).toContain(`${name}-any`);
      expect(shipped('deployments/haproxy/haproxy.cfg')).toContain(` ${name}-any:`);
    }
    for (const name of suite) expect(networksOf(compose.services[name]!).sort()).toEqual(['database', 'internal']);
  });

  it('keeps all data in folders of the host, which "docker compose down -v" cannot delete', () => {
    expect(compose.volumes).toBeUndefined();
    const mounts = services.flatMap(([, { volumes = [] }]) => volumes);
    for (const mount of mounts) {
      if (typeof mount === 'string') expect(mount).toMatch(/^\.\.?\/.*:ro$/);
      else expect(mount.type).toBe('bind');
    }
  });
});

describe('deployments/identity/compose.advanced.yml', () => {
  it('doubles every service of compose.yml, and no more than HAProxy has places for', () => {
    const advanced = shippedYaml<{ services: ComposeFile['services'] }>('deployments/identity/compose.advanced.yml');
    expect(Object.keys(advanced.services).sort()).toEqual([...suite].sort());
    for (const { deploy } of Object.values(advanced.services)) expect(deploy).toEqual({ replicas: 2 });
  });
});

describe('deployments/otel/collector.yaml', () => {
  it('defines every part that its pipelines name', () => {
    const collector = shippedYaml<Record<string, Record<string, unknown>>>('deployments/otel/collector.yaml');
    const { pipelines, extensions } = collector.service as unknown as {
      pipelines: Record<string, Record<'receivers' | 'processors' | 'exporters', string[]>>;
      extensions: string[];
    };
    expect(collector.extensions).toHaveProperty(extensions);
    for (const pipeline of Object.values(pipelines)) {
      for (const [kind, names] of Object.entries(pipeline)) {
        for (const name of names) expect(Object.keys(collector[kind]!)).toContain(name);
      }
    }
  });
});

describe('deployments/docker/Dockerfile', () => {
  const dockerfile = shipped('deployments/docker/Dockerfile');
  const lastStage = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '));

  it('runs as a user that is not root, with the command as its entry point', () => {
    expect(/^USER (.*)$/m.exec(lastStage)?.[1]).toBe('1000:1000');
    expect(lastStage).toContain('ENTRYPOINT ["cryptoutil"]');
    expect(lastStage).toContain('HEALTHCHECK');
    expect(lastStage).toContain('org.opencontainers.image.revision');
  });

  it('needs nothing but its base image and the context: no syntax line, nothing fetched by address', () => {
    expect(dockerfile).not.toMatch(/^# *syntax=/m);
    expect(dockerfile).not.toMatch(/https?:\/\/(?!localhost)/);
    expect(dockerfile).not.toMatch(/:latest/);
  });

  it('sees only what it builds from', () => {
    const ignored = shipped('deployments/docker/Dockerfile.dockerignore').split('\n');
    expect(ignored).toContain('*');
    expect(ignored.filter((line) => line.startsWith('!deployments'))).toEqual(['!deployments/docker/assemble.mjs']);
  });
});
