import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
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
  const {
    databases,
    host,
    tls_ca_file: authority,
  } = JSON.parse(ofKind(manifests, 'ConfigMap')[0]!.data!['connections.json']!);

  test('is of APIs that are served, and its pod is as restricted as the others', async () => {
    expect(await checkSchemas(manifests)).toEqual([]);
    const job = { ...ofKind(manifests, 'CronJob')[0]!, kind: 'Job', spec: cron.jobTemplate.spec } as Manifest;
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

  test('gets only what seals and signs: no key that opens', () => {
    expect(readFileSync(join(kubernetesFolder, 'backup/backup.yaml'), 'utf8')).not.toContain('recipient.private');
  });
});

test('the restore of the guide is a Job like the nightly one, with the keys that open and the options of the command', () => {
  const manifests = readManifests(kubernetesFolder, ['backup']);
  const { jobTemplate }: any = ofKind(manifests, 'CronJob')[0]!.spec;
  const guide = readFileSync(join(workspace, 'docs/operations/disaster-recovery.md'), 'utf8');
  const [, program] = /node -e '\n(.*?)' \| kubectl apply/s.exec(guide)!;
  const job = JSON.parse(
    execFileSync(process.execPath, ['-e', program!], { input: JSON.stringify(jobTemplate), encoding: 'utf8' }),
  );
  const { containers, volumes } = job.spec.template.spec;
  expect(containers[0].args).toEqual([
    ...['backup', 'restore', '--connections', '/etc/cryptoutil/backup/connections.json'],
    ...['--folder', '/backups/sets', '--keys', '/run/cryptoutil/backup-keys'],
  ]);
  expect(volumes.find(({ name }: { name: string }) => name === 'keys').secret.secretName).toBe('cryptoutil-restore');
  // Chosen by the network policies of the backup.
  expect(job.spec.template.metadata).toEqual(jobTemplate.spec.template.metadata);
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
