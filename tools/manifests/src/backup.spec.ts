import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { allowedFlows } from './checks/network.check.js';
import { checkPodSecurity } from './checks/pod-security.check.js';
import { checkSchemas } from './checks/schema.check.js';
import { ofKind, type Manifest } from './manifest.js';
import { generatedSecrets, kubernetesFolder, suiteManifests, workspace } from './manifests.fixture.js';
import { readManifests } from './read-manifests.js';
import { parseUnit, valuesOf } from './unit-file.js';

const services = ['authz', 'idp', 'rs', 'kms'];

describe('the nightly backup in a cluster', () => {
  const manifests = readManifests(kubernetesFolder, ['backup']);
  const cron: any = ofKind(manifests, 'CronJob')[0]!.spec;
  const pod = cron.jobTemplate.spec.template.spec;
  const job = { ...ofKind(manifests, 'CronJob')[0]!, kind: 'Job', spec: cron.jobTemplate.spec } as Manifest;
  const {
    databases,
    host,
    tls_ca_file: authority,
  } = JSON.parse(ofKind(manifests, 'ConfigMap')[0]!.data!['connections.json']!);

  test('is of APIs that are served, and its pod is as restricted as the others', async () => {
    expect(await checkSchemas(manifests)).toEqual([]);
    const findings = checkPodSecurity([...manifests, job]);
    // Where the sets are kept, and the four passwords in one folder; the restricted profile allows both kinds.
    expect(findings.filter((finding) => !/volume (sets|passwords) is neither/.test(finding))).toEqual([]);
  });

  test('reads the passwords that the command makes, and reaches the database that the services use', () => {
    const [passwords] = pod.volumes.filter(({ name }: { name: string }) => name === 'passwords');
    const known = generatedSecrets().map(({ metadata }) => metadata.name);
    const paths = passwords.projected.sources.map(({ secret }: any) => {
      expect(known).toContain(secret.name);
      return `/run/cryptoutil/databases/${secret.items[0].path}`;
    });
    expect(services.map((name) => databases[name].password_file)).toEqual(paths);
    const used = ofKind(suiteManifests(), 'ConfigMap').flatMap(({ data }) => data?.CRYPTOUTIL_DATABASE_HOST ?? []);
    expect([...new Set(used)]).toEqual([host]);
    expect(authority).toBe('/run/cryptoutil/database-ca/ca.crt');
  });

  test('tells the collector how it went, and talks to nobody but it and the database', () => {
    const all = [...suiteManifests(), ...manifests, job];
    const [environment] = pod.containers.map(({ env }: any) =>
      Object.fromEntries(env.map(({ name, value }: any) => [name, value])),
    );
    const settings = ofKind(suiteManifests(), 'ConfigMap').find(({ metadata }) => metadata.name === 'cryptoutil-kms')!;
    expect(environment).toEqual({
      OTEL_EXPORTER_OTLP_ENDPOINT: settings.data!.OTEL_EXPORTER_OTLP_ENDPOINT,
      OTEL_EXPORTER_OTLP_PROTOCOL: settings.data!.OTEL_EXPORTER_OTLP_PROTOCOL,
    });
    expect(allowedFlows(all).filter((flow) => flow.includes('backup'))).toEqual([
      'cryptoutil-backup → cryptoutil-db:5432',
      'cryptoutil-backup → otel-collector:4318',
    ]);
  });

  test('gets only what seals and signs: no key that opens', () => {
    expect(readFileSync(join(kubernetesFolder, 'backup/backup.yaml'), 'utf8')).not.toContain('recipient.private');
  });
});

describe('the restore in a cluster', () => {
  const backup = readManifests(kubernetesFolder, ['backup']);
  const manifests = readManifests(kubernetesFolder, ['restore']);
  const pod: any = (ofKind(manifests, 'Job')[0]!.spec as any).template.spec;
  const cron: any = ofKind(backup, 'CronJob')[0]!.spec;
  const made = cron.jobTemplate.spec.template.spec;
  const option = (container: any, name: string) => container.args[container.args.indexOf(name) + 1];

  test('is of APIs that are served, and its pod is as restricted as the others', async () => {
    expect(await checkSchemas(manifests)).toEqual([]);
    const findings = checkPodSecurity(manifests);
    expect(findings.filter((finding) => !/volume (sets|passwords) is neither/.test(finding))).toEqual([]);
  });

  test('finds the sets and the databases where the backup has them, by the same image', () => {
    const [restoring, backingUp] = [pod.containers[0], made.containers[0]];
    for (const name of ['--connections', '--folder']) expect(option(restoring, name)).toBe(option(backingUp, name));
    expect(restoring.image).toBe(backingUp.image);
    const shared = (volumes: any[]) => volumes.filter(({ name }) => name !== 'keys');
    expect(shared(pod.volumes)).toEqual(shared(made.volumes));
    expect(allowedFlows([...suiteManifests(), ...backup, ...manifests])).toContain(
      'cryptoutil-restore → cryptoutil-db:5432',
    );
  });

  test('replaces nothing unless somebody adds that, and gets the key that opens by a Secret of its own', () => {
    expect(pod.containers[0].args).not.toContain('--replace');
    const [keys] = pod.volumes.filter(({ name }: { name: string }) => name === 'keys');
    expect(keys.secret.secretName).toBe('cryptoutil-restore');
    const [mounted] = pod.containers[0].volumeMounts.filter(({ name }: { name: string }) => name === 'keys');
    expect(mounted.mountPath).toBe(option(pod.containers[0], '--keys'));
  });
});

describe('the nightly backup on a host', () => {
  const systemd = join(workspace, 'deployments/systemd');
  const unit = parseUnit(readFileSync(join(systemd, 'units/cryptoutil-backup.service'), 'utf8'));
  const timer = parseUnit(readFileSync(join(systemd, 'units/cryptoutil-backup.timer'), 'utf8'));

  test('reads the passwords that systemd hands over, and only keys that seal and sign', () => {
    const { databases } = JSON.parse(readFileSync(join(systemd, 'environment/backup.json'), 'utf8'));
    const handed = valuesOf(unit, 'LoadCredential').map((value) => value.split(':')[0]!);
    for (const name of services)
      expect(databases[name].password_file).toBe(
        `/run/credentials/cryptoutil-backup.service/${name}-database-password`,
      );
    expect(handed.sort()).toEqual(
      [...services.map((name) => `${name}-database-password`), 'recipient.public.jwk', 'signer.private.jwk'].sort(),
    );
  });

  test('is started every night, as a user of its own, also by cron', () => {
    expect(valuesOf(timer, 'OnCalendar')).toHaveLength(1);
    expect(readFileSync(join(systemd, 'sysusers.conf'), 'utf8')).toMatch(/^u cryptoutil-backup - /m);
    const [command] = valuesOf(unit, 'ExecStart');
    const options = (text: string) =>
      [
        ...text
          .trim()
          .split('\n')
          .at(-1)!
          .matchAll(/ (--[a-z-]+)/g),
      ].map((match) => match[1]);
    expect(options(readFileSync(join(workspace, 'deployments/cron/cryptoutil-backup'), 'utf8'))).toEqual(
      options(command!),
    );
  });
});
