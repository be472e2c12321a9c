import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { PassThrough } from 'node:stream';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { silentProgress } from '../../terminal/progress.js';
import { KubectlProgram } from './kubectl.js';
import { FakeCluster } from './kubectl.fixture.js';
import { kubernetesRollback, kubernetesStatus } from './kubernetes-state.js';
import { startOnKubernetes, type KubernetesOptions } from './start-on-kubernetes.js';

const shipped = join(import.meta.dirname, '../../../../../deployments/kubernetes');
const options: KubernetesOptions = {
  ...{ namespace: 'cryptoutil-prod', manifests: shipped, image: 'r.example.com/cryptoutil:2', healthyWithin: 60 },
  ...{ watch: 0, backup: true, smoke: true },
};
const names = ['cryptoutil-kms', 'identity-authz', 'identity-idp', 'identity-rs'];

describe('a new version on Kubernetes', () => {
  let cluster: FakeCluster;
  let notes: string[];
  const progress = { ...silentProgress, note: (line: string) => void notes.push(line) };
  const start = (more: Partial<KubernetesOptions> = {}) =>
    startOnKubernetes({ ...options, ...more }, progress, cluster);
  const images = () => names.map((name) => cluster.image(name));
  beforeEach(() => {
    cluster = new FakeCluster();
    cluster.install('cryptoutil:1');
    notes = [];
  });

  it('is backed up for, migrated for and rolled out in the order in which the services need each other', async () => {
    expect(await start()).toBe(0);
    const told = cluster.calls.filter((call) => /^(create|delete|get job|apply|rollout|exec)/.test(call)).join('\n');
    const order = [
      /create job cryptoutil-backup-\d+ --from=cronjob\/cryptoutil-backup/,
      /get job cryptoutil-backup-\d+/,
      /apply -f - < cryptoutil-kms/,
      /delete job cryptoutil-migrate/,
      /apply -f - < cryptoutil-migrate/,
      /get job cryptoutil-migrate/,
      ...names.flatMap((name) => [
        new RegExp(`rollout status deployment/${name} --timeout=60s`),
        new RegExp(`exec pod/${name}-1-pod -- cryptoutil health https://localhost:.* --times 50`),
      ]),
    ];
    const places = order.map((pattern) => told.search(pattern));
    expect(places).not.toContain(-1);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(images()).toEqual(names.map(() => 'r.example.com/cryptoutil:2'));
    expect(cluster.schedules).toEqual({ 'cryptoutil-backup': { backup: 'r.example.com/cryptoutil:2' } });
  });

  it('is not begun where the schedules cannot be read', async () => {
    cluster.failing.add('get cronjobs');
    await expect(start()).rejects.toThrow('get cronjobs');
    expect(cluster.calls.filter((call) => /^(apply|rollout|delete|create)/.test(call))).toEqual([]);
  });

  it('is undone as a whole when a schedule cannot be changed', async () => {
    cluster.failing.add('set image');
    expect(await start()).toBe(1);
    expect(images()).toEqual(names.map(() => 'cryptoutil:1'));
  });

  it('is not begun without its backup', async () => {
    cluster.failing.add('create job');
    await expect(start()).rejects.toThrow(/create job .*\n.*--no-backup/);
    expect(cluster.calls.filter((call) => /^(apply|rollout|delete)/.test(call))).toEqual([]);
    expect(await start({ backup: false })).toBe(0);
  });

  it('is not begun when its backup fails', async () => {
    cluster.jobs = 'Failed';
    await expect(start()).rejects.toThrow(/The job cryptoutil-backup-\d+ failed/);
    expect(cluster.calls.filter((call) => /^(apply|rollout|delete)/.test(call))).toEqual([]);
  });

  it('is compared with what the pods of the services have answered before', async () => {
    const line = JSON.stringify({ msg: 'request', time: new Date(), status: 200, duration_ms: 3 });
    cluster.baseline = `${line}\n${line}\n`;
    await start();
    expect(notes.join('\n')).toContain('before: 2 requests');
  });

  it('makes the pods that stay warm, unless it is told not to ask them, and stays when they do not know how', async () => {
    cluster.failing.add('exec pod/identity-rs');
    expect(await start()).toBe(0);
    expect(notes.join('\n')).toContain('--times 50 failed');
    expect(cluster.calls.filter((call) => call.startsWith('exec pod/identity-rs'))).toEqual([
      expect.stringMatching(/ --times 50$/),
      'exec pod/identity-rs-1-pod -- cryptoutil health https://localhost:8082/ui/swagger/doc.json',
    ]);
    cluster.calls.length = 0;
    expect(await start({ image: 'cryptoutil:3', smoke: false })).toBe(0);
    expect(cluster.calls.filter((call) => call.startsWith('exec'))).toEqual([]);
  });

  it('leaves every pod alone when the migration fails', async () => {
    cluster.jobs = 'Failed';
    expect(await start({ backup: false })).toBe(1);
    expect(images()).toEqual(names.map(() => 'cryptoutil:1'));
    expect(cluster.calls.filter((call) => call.startsWith('rollout'))).toEqual([]);
  });

  it('is undone by itself where it was rolled out, when one service does not get ready', async () => {
    cluster.failing.add('rollout status deployment/identity-idp');
    expect(await start()).toBe(1);
    expect(images()).toEqual(names.map(() => 'cryptoutil:1'));
    expect(cluster.calls.filter((call) => call.includes('deployment/identity-rs'))).toEqual([]);
    expect(cluster.calls.filter((call) => call.startsWith('rollout undo'))).toEqual(
      ['identity-idp', 'identity-authz', 'cryptoutil-kms'].map(
        (name) => `rollout undo deployment/${name} --to-revision=1`,
      ),
    );
    expect(cluster.calls.filter((call) => call.startsWith('delete replicaset'))).toEqual(
      ['cryptoutil-kms', 'identity-authz', 'identity-idp'].map((name) => `delete replicaset ${name}-2`),
    );
  });

  it('is forgotten only when its pods are gone, without which no eviction is allowed', async () => {
    cluster.failing.add('rollout status deployment/identity-rs');
    cluster.lingering = 1;
    expect(await start()).toBe(1);
    const told = cluster.calls.filter((call) => /^(get deployments,|delete replicaset)/.test(call));
    expect(told.map((call) => call.split(' ')[0])).toEqual(['get', 'get', 'delete', 'delete', 'delete', 'delete']);
  });

  it('is left as a whole although its settings cannot be put back', async () => {
    cluster.failing.add('rollout status deployment/identity-rs').add('replace');
    expect(await start()).toBe(1);
    expect(images()).toEqual(names.map(() => 'cryptoutil:1'));
    expect(notes.join('\n')).toContain('replace -f - failed');
    expect(cluster.schedules).toEqual({ 'cryptoutil-backup': { backup: 'cryptoutil:1' } });
  });

  it('is undone when a pod does not answer', async () => {
    cluster.failing.add('exec pod/identity-rs').add('exec pod/identity-rs-1');
    expect(await start()).toBe(1);
    expect(images()).toEqual(names.map(() => 'cryptoutil:1'));
  });

  it('is undone with its settings when its pods answer with errors', async () => {
    const line = (status: number) => JSON.stringify({ msg: 'request', time: new Date(), status, duration_ms: 3 });
    for (let index = 0; index < 40; index += 1) cluster.logs.write(`${line(index % 10 === 0 ? 500 : 200)}\n`);
    expect(await start({ watch: 30 })).toBe(1);
    expect(notes.join('\n')).toContain('10.0 % of 40 requests were answered with a server error');
    expect(images()).toEqual(names.map(() => 'cryptoutil:1'));
    expect(cluster.calls.filter((call) => call.startsWith('set image')).map((call) => call.split('=')[1])).toEqual([
      ...['r.example.com/cryptoutil:2', 'cryptoutil:1'],
    ]);
    expect(cluster.schedules).toEqual({ 'cryptoutil-backup': { backup: 'cryptoutil:1' } });
    expect(cluster.configuration).toEqual([
      { apiVersion: 'v1', kind: 'ConfigMap', data: { A: 'old' }, metadata: { name: 'identity-rs' } },
    ]);
  });

  it('is watched on when the logs end meanwhile', async () => {
    const line = JSON.stringify({ msg: 'request', time: new Date(), status: 500, duration_ms: 3 });
    const follow = jest.spyOn(cluster, 'follow');
    follow.mockReturnValueOnce({ output: new PassThrough().end(), stop: () => undefined });
    cluster.logs.write(`${line}\n`.repeat(40));
    expect(await start({ watch: 30 })).toBe(1);
    expect(follow).toHaveBeenCalledTimes(2);
    expect(notes.join('\n')).toContain('100.0 % of 40 requests');
  });

  it('restarts pods whose settings alone have changed', async () => {
    expect(await start({ image: 'cryptoutil:1' })).toBe(0);
    expect(cluster.calls).toContain('rollout restart deployment/cryptoutil-kms');
  });

  it('wants a folder with manifests', async () => {
    await expect(start({ manifests: tmpdir() })).rejects.toThrow('--manifests');
    const folder = mkdtempSync(join(tmpdir(), 'cryptoutil-manifests-'));
    cpSync(join(shipped, 'deployments'), join(folder, 'deployments'), { recursive: true });
    cpSync(join(shipped, 'jobs'), join(folder, 'jobs'), { recursive: true });
    expect(await start({ manifests: folder })).toBe(0);
    rmSync(folder, { recursive: true });
  });
});

describe('a suite on Kubernetes', () => {
  let cluster: FakeCluster;
  beforeEach(() => {
    cluster = new FakeCluster();
    jest.spyOn(console, 'log').mockImplementation(() => undefined);
  });
  afterEach(() => void jest.restoreAllMocks());

  it('goes back to the version before with every Deployment, the last of the rollout first', async () => {
    cluster.install('cryptoutil:1');
    cluster.install('cryptoutil:2');
    await kubernetesRollback({ namespace: 'x', healthyWithin: 60 }, silentProgress, cluster);
    expect(names.map((name) => cluster.image(name))).toEqual(names.map(() => 'cryptoutil:1'));
    expect(cluster.calls.filter((call) => call.startsWith('rollout undo'))).toEqual(
      [...names].reverse().map((name) => `rollout undo deployment/${name}`),
    );
  });

  it('goes back only with what the last deployment has changed', async () => {
    cluster.install('cryptoutil:1');
    cluster.install('cryptoutil:2');
    // Only kms gets other settings.
    expect(await startOnKubernetes({ ...options, image: 'cryptoutil:2' }, silentProgress, cluster)).toBe(0);
    await kubernetesRollback({ namespace: 'x', healthyWithin: 60 }, silentProgress, cluster);
    expect(cluster.calls.filter((call) => call.startsWith('rollout undo'))).toEqual([
      'rollout undo deployment/cryptoutil-kms',
    ]);
    expect(names.map((name) => cluster.image(name))).toEqual(names.map(() => 'cryptoutil:2'));
  });

  it('goes back as a whole when somebody has rolled out by hand since', async () => {
    cluster.install('cryptoutil:1');
    await startOnKubernetes({ ...options, image: 'cryptoutil:1' }, silentProgress, cluster);
    cluster.install('cryptoutil:2');
    await kubernetesRollback({ namespace: 'x', healthyWithin: 60 }, silentProgress, cluster);
    expect(names.map((name) => cluster.image(name))).toEqual(names.map(() => 'cryptoutil:1'));
  });

  it('goes back where nothing gets ready before the key service has gone back, too', async () => {
    cluster.install('cryptoutil:1');
    cluster.broken.add('cryptoutil:2');
    cluster.install('cryptoutil:2');
    await kubernetesRollback({ namespace: 'x', healthyWithin: 60 }, silentProgress, cluster);
    expect(names.map((name) => cluster.image(name))).toEqual(names.map(() => 'cryptoutil:1'));
  });

  it('says which Deployment is not back, having undone all', async () => {
    cluster.install('cryptoutil:1');
    cluster.install('cryptoutil:2');
    cluster.failing.add('rollout status deployment/identity-idp');
    const back = kubernetesRollback({ namespace: 'x', healthyWithin: 60 }, silentProgress, cluster);
    await expect(back).rejects.toThrow('identity-idp');
    expect(names.map((name) => cluster.image(name))).toEqual(names.map(() => 'cryptoutil:1'));
  });

  it('cannot go back where nothing runs', async () => {
    const gone = kubernetesRollback({ namespace: 'x', healthyWithin: 60 }, silentProgress, cluster);
    await expect(gone).rejects.toThrow('no Deployments of cryptoutil in x');
  });

  it('is ready when all four are, and says so by its exit code', async () => {
    const printed = jest.mocked(console.log);
    expect(await kubernetesStatus({ namespace: 'x' }, cluster)).toBe(1);
    expect(printed.mock.calls.join('\n')).toContain('identity-rs      is not there');
    cluster.install('cryptoutil:1');
    expect(await kubernetesStatus({ namespace: 'x' }, cluster)).toBe(0);
  });

  it('is not ready while a rollout is stuck, although the pods of before are', async () => {
    const printed = jest.mocked(console.log);
    cluster.install('cryptoutil:1');
    cluster.broken.add('cryptoutil:2');
    cluster.set('identity-rs', 'cryptoutil:2');
    expect(await kubernetesStatus({ namespace: 'x' }, cluster)).toBe(1);
    expect(printed.mock.calls.join('\n')).toContain(
      'identity-rs      2/2 ready  revision 2    cryptoutil:2 (1/2 pods have it)',
    );
    expect(await kubernetesStatus({ namespace: 'x', json: true }, cluster)).toBe(1);
  });
});

describe('kubectl as a program', () => {
  it('gets the namespace and what is to be read, and its output is handed on', async () => {
    expect(await new KubectlProgram('x', 'echo').run(['get', 'pods'])).toBe('--namespace x get pods\n');
    const follower = new KubectlProgram('x', 'echo').follow(['logs']);
    const parts: string[] = [];
    for await (const part of follower.output.setEncoding('utf8')) parts.push(part as string);
    follower.stop();
    expect(parts.join('')).toBe('--namespace x logs\n');
  });

  it('says what failed, and that it is not there', async () => {
    await expect(new KubectlProgram('x', 'false').run(['get', 'pods'], 'text')).rejects.toThrow(
      'kubectl get pods failed',
    );
    await expect(new KubectlProgram('x', 'no-such-kubectl').run(['version'])).rejects.toThrow(
      'There is no no-such-kubectl',
    );
  });
});
