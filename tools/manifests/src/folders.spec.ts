import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { manifestFolders } from './check-manifests.js';
import { ofKind, type Manifest } from './manifest.js';
import { generatedSecrets, kubernetesFolder, suiteManifests, workspace } from './manifests.fixture.js';
import { workloads } from './pods.js';

const filesIn = (folder: string): string[] =>
  readdirSync(join(kubernetesFolder, folder)).filter((file) => file.endsWith('.yaml'));

describe('deployments/kubernetes', () => {
  test('kustomize takes every file but secrets and database, each once', () => {
    const { resources, images } = parse(readFileSync(join(kubernetesFolder, 'kustomization.yaml'), 'utf8'));
    const folders = manifestFolders.filter((folder) => folder !== 'secrets' && folder !== 'database');
    expect(resources.toSorted()).toEqual(
      folders.flatMap((folder) => filesIn(folder).map((file) => `${folder}/${file}`)).sort(),
    );
    const used = workloads(suiteManifests()).flatMap(({ pod }) => pod.containers.map(({ image }) => image));
    for (const { name, newTag } of images) expect(used).toContain(`${name}:${newTag}`);
  });

  test('no folder that kubectl takes whole holds anything but manifests', () => {
    for (const folder of manifestFolders.filter((name) => name !== 'secrets')) {
      expect(readdirSync(join(kubernetesFolder, folder)).filter((file) => !file.endsWith('.yaml'))).toEqual([]);
      expect(filesIn(folder)).not.toContain('kustomization.yaml');
    }
  });

  test('Git knows no secret', () => {
    const known = execFileSync('git', ['ls-files', 'deployments/kubernetes'], { cwd: workspace, encoding: 'utf8' });
    expect(known).not.toMatch(/kubernetes\/secrets\/(?!\.gitignore$)./m);
    const committed: Manifest[] = suiteManifests().filter(({ file }) => !file.startsWith('secrets/'));
    expect(ofKind(committed, 'Secret')).toEqual([]);
  });

  test('the image is the one that deployments/docker builds', () => {
    const dockerfile = join(workspace, 'deployments/docker/Dockerfile');
    expect(existsSync(dockerfile)).toBe(true);
    expect(readFileSync(dockerfile, 'utf8')).toMatch(/^USER 1000:1000$/m);
    const { version } = JSON.parse(readFileSync(join(workspace, 'package.json'), 'utf8'));
    const images = workloads(suiteManifests()).flatMap(({ pod }) => pod.containers.map(({ image }) => image));
    expect(images.filter((image) => image === `cryptoutil:${version}`)).toHaveLength(8);
  });
});

describe('the database', () => {
  const manifests = suiteManifests();
  const cluster: any = ofKind(manifests, 'Cluster')[0]!.spec;

  test('has a role with its password for each database, as the command makes them', () => {
    const databases = ofKind<{ name: string; owner: string; cluster: { name: string } }>(manifests, 'Database');
    const roles: { name: string; passwordSecret: { name: string } }[] = cluster.managed.roles;
    expect(databases.map(({ spec }) => spec.owner).sort()).toEqual(roles.map(({ name }) => name).sort());
    for (const { spec } of databases) expect(spec.cluster.name).toBe('cryptoutil-db');
    for (const { name, passwordSecret } of roles) {
      const secret = generatedSecrets().find(({ metadata }) => metadata.name === passwordSecret.name);
      expect(Buffer.from(secret!.data!.username!, 'base64').toString()).toBe(name);
    }
  });

  test('has connections for every pod that may run, twice during a rollout', () => {
    const most = ofKind<{ maxReplicas: number }>(manifests, 'HorizontalPodAutoscaler').map(
      ({ spec }) => spec.maxReplicas,
    );
    const pool = Math.max(
      ...ofKind(manifests, 'ConfigMap').map(({ data }) => Number(data?.CRYPTOUTIL_DATABASE_POOL_SIZE ?? 0)),
    );
    const needed = most.reduce((sum, replicas) => sum + replicas * 2 * pool, 0);
    expect(needed).toBeLessThan(Number(cluster.postgresql.parameters.max_connections));
  });
});
