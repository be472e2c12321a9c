import { PassThrough } from 'node:stream';
import { CommandFailure } from '../../command-failure.js';
import type { Kubectl } from './kubectl.js';

type Template = { readonly image: string; readonly ready: boolean };

/** Like kubectl, which gives no logs when the pod with several containers, that of the migration, is among those that are asked for. */
const ofServices = (args: readonly string[]): boolean =>
  args[args.indexOf('-l') + 1] === 'app.kubernetes.io/name in (cryptoutil-kms,identity-authz,identity-idp,identity-rs)';

/** A cluster as far as the deployment of the suite sees it: Deployments with revisions, ConfigMaps, and pods that log. */
export class FakeCluster implements Kubectl {
  readonly calls: string[] = [];
  readonly revisions = new Map<string, Template[]>();
  readonly current = new Map<string, number>();
  readonly annotations = new Map<string, Record<string, string>>();
  configuration: unknown[] = [
    { metadata: { name: 'identity-rs', uid: '1', resourceVersion: '7' }, data: { A: 'old' } },
  ];
  /** What the containers of the CronJobs run. */
  readonly schedules: Record<string, Record<string, string>> = { 'cryptoutil-backup': { backup: 'cryptoutil:1' } };
  readonly logs = new PassThrough();
  baseline = '';
  /** How every Job ends. */
  jobs: 'Complete' | 'Failed' = 'Complete';
  /** Which images never get ready, and which commands fail the next time. */
  readonly broken = new Set<string>();
  readonly failing = new Set<string>();
  /** How often the pods of an older template are still there when somebody looks. */
  lingering = 0;
  /** How many pods the autoscaler wants, each time that somebody looks; those beyond two are not ready yet. */
  wanted = [2];

  install(image: string): void {
    for (const name of ['cryptoutil-kms', 'identity-authz', 'identity-idp', 'identity-rs']) this.set(name, image);
  }

  set(name: string, image: string): void {
    const all = [...(this.revisions.get(name) ?? []), { image, ready: !this.broken.has(image) }];
    this.revisions.set(name, all);
    this.current.set(name, all.length);
  }

  image(name: string): string | undefined {
    return this.revisions.get(name)?.[this.current.get(name)! - 1]?.image;
  }

  run(args: readonly string[], input = ''): Promise<string> {
    const [verb, what = '', name = ''] = args;
    const call = `${args.join(' ')}${input && verb !== 'replace' ? ` < ${/name: (\S+)/.exec(input)?.[1] ?? ''}` : ''}`;
    this.calls.push(call);
    const fault = [...this.failing].find((start) => call.startsWith(start));
    if (fault !== undefined && this.failing.delete(fault)) return Promise.reject(new CommandFailure(`${call} failed`));
    if (verb === 'get' && what === 'deployments') return Promise.resolve(JSON.stringify({ items: this.deployments() }));
    if (verb === 'get' && what === 'deployments,replicasets,pods')
      return Promise.resolve(JSON.stringify({ items: this.objects() }));
    if (verb === 'get' && what === 'replicasets')
      return Promise.resolve(JSON.stringify({ items: this.replicaSets(args[3]!) }));
    if (verb === 'get' && what === 'pods') return Promise.resolve(JSON.stringify({ items: this.pods(args[3]!) }));
    if (verb === 'get' && what === 'job')
      return Promise.resolve(JSON.stringify({ status: { conditions: [{ type: this.jobs, status: 'True' }] } }));
    if (verb === 'get' && what === 'cronjobs')
      return Promise.resolve(JSON.stringify({ items: Object.entries(this.schedules).map(cronJob) }));
    if (verb === 'get') return Promise.resolve(JSON.stringify({ items: this.configuration }));
    if (verb === 'logs') return Promise.resolve(ofServices(args) ? this.baseline : '');
    if (verb === 'set')
      Object.assign(
        this.schedules[name.replace('cronjob/', '')]!,
        Object.fromEntries(args.slice(3).map((each) => each.split('='))),
      );
    if (verb === 'replace') this.configuration = (JSON.parse(input) as { items: unknown[] }).items;
    if (verb === 'annotate') {
      const [key = '', value = ''] = name.split('=');
      this.annotations.set(what.replace('deployment/', ''), { [key]: value });
    }
    if (verb === 'apply') return Promise.resolve(this.apply(input));
    if (verb === 'rollout') return this.rollout(what, name.replace('deployment/', ''), args);
    return Promise.resolve('');
  }

  follow(args: readonly string[]): { readonly output: PassThrough; stop(): void } {
    return { output: ofServices(args) ? this.logs : new PassThrough(), stop: () => undefined };
  }

  private apply(input: string): string {
    const kind = /^kind: (\S+)/m.exec(input)?.[1];
    const name = /^ {2}name: (\S+)/m.exec(input)?.[1];
    const image = /image: (\S+)/.exec(input)?.[1];
    if (kind === 'Deployment' && name && image && this.image(name) !== image) {
      this.set(name, image);
      return `deployment.apps/${name} configured\n`;
    }
    if (kind === 'ConfigMap') this.configuration = [{ metadata: { name }, data: { A: 'new' } }];
    return kind === 'ConfigMap' ? `configmap/${name!} configured\n` : `deployment.apps/${name!} unchanged\n`;
  }

  private rollout(verb: string, name: string, args: readonly string[]): Promise<string> {
    const to = args.find((argument) => argument.startsWith('--to-revision='))?.slice('--to-revision='.length);
    if (verb === 'restart') this.set(name, this.image(name)!);
    if (verb === 'undo')
      this.set(name, this.revisions.get(name)![(to ? Number(to) : this.current.get(name)! - 1) - 1]!.image);
    if (verb === 'status' && !this.getsReady(name))
      return Promise.reject(new CommandFailure(`${name}: timed out waiting for the condition`));
    return Promise.resolve('');
  }

  /** Without the key service nobody does. */
  private getsReady(name: string): boolean {
    return [name, 'cryptoutil-kms'].every((each) => this.revisions.get(each)!.at(-1)!.ready);
  }

  private replicaSets(label: string): object[] {
    const deployment = label.slice(label.indexOf('=') + 1);
    return (this.revisions.get(deployment) ?? []).map((_template, index) => ({
      kind: 'ReplicaSet',
      metadata: {
        name: `${deployment}-${index + 1}`,
        annotations: { 'deployment.kubernetes.io/revision': String(index + 1) },
        labels: { 'app.kubernetes.io/name': deployment, 'pod-template-hash': String(index + 1) },
      },
    }));
  }

  /** One that serves, and one that is going. */
  private pods(label: string): object[] {
    const name = label.slice(label.indexOf('=') + 1);
    const [serving, going] = [1, 0].map((template) => this.pod(name, template, 'Running'));
    return [serving!, { ...going, metadata: { name: `${name}-0-pod`, deletionTimestamp: '2026-01-01T00:00:00Z' } }];
  }

  private pod(name: string, template: number, phase: string): object {
    const labels = { 'app.kubernetes.io/name': name, 'pod-template-hash': String(template) };
    return { kind: 'Pod', metadata: { name: `${name}-${template}-pod`, labels }, status: { phase } };
  }

  /** What the cluster has; a pod that has failed stays as a record. */
  private objects(): object[] {
    const lingering = this.lingering > 0;
    this.lingering -= 1;
    const others = [...this.current].flatMap(([name, current]) => [
      ...this.replicaSets(`name=${name}`),
      this.pod(name, current, 'Running'),
      this.pod(name, 0, 'Failed'),
      ...(lingering ? [this.pod(name, current - 1, 'Running')] : []),
    ]);
    return [...this.deployments(), ...others];
  }

  private deployments(): object[] {
    const desired = this.wanted.length > 1 ? this.wanted.shift()! : this.wanted[0]!;
    return [...this.revisions].map(([name, revisions]) => {
      const updated = revisions.at(-1)!.ready ? 2 : 1;
      return {
        kind: 'Deployment',
        metadata: {
          ...{ name, generation: revisions.length, labels: { 'app.kubernetes.io/name': name } },
          annotations: {
            ...this.annotations.get(name),
            'deployment.kubernetes.io/revision': String(this.current.get(name)),
          },
        },
        spec: { replicas: desired, template: { spec: { containers: [{ image: this.image(name) }] } } },
        // Those of before go on where the new ones do not get ready.
        status: {
          ...{ observedGeneration: revisions.length, readyReplicas: 2, availableReplicas: 2 },
          ...{ replicas: desired + 2 - updated, updatedReplicas: updated },
        },
      };
    });
  }
}

/** The first container prepares the others. */
function cronJob([name, images]: [string, Record<string, string>]): object {
  const containers = Object.entries(images).map(([container, image]) => ({ name: container, image }));
  const spec = {
    containers: containers.slice(-1),
    ...(containers.length > 1 && { initContainers: containers.slice(0, -1) }),
  };
  return { metadata: { name }, spec: { jobTemplate: { spec: { template: { spec } } } } };
}
