import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { CommandFailure } from '../../command-failure.js';
import type { Pod } from './pods.js';
import { outputOf, runCommand } from './run-command.js';

const LABEL = 'app.kubernetes.io/part-of=cryptoutil';

interface ConfigMap {
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
}

/** kubectl in one namespace. It reads, and runs commands in pods; it changes nothing. */
export class Kubectl {
  constructor(private readonly namespace: string) {}

  run(...args: string[]) {
    return runCommand('kubectl', ['-n', this.namespace, ...args]);
  }

  output(...args: string[]): Promise<string> {
    return outputOf('kubectl', ['-n', this.namespace, ...args]);
  }

  /** Starts it and gives what it prints. */
  start(...args: string[]): Readable {
    const child = spawn('kubectl', ['-n', this.namespace, ...args], {
      stdio: ['ignore', 'pipe', 'ignore'],
      env: process.env,
    });
    child.on('error', () => undefined);
    return child.stdout;
  }

  async context(): Promise<string> {
    return (await this.output('config', 'current-context')).trim();
  }

  /** Versions of both ends; it fails when the cluster does not answer. */
  async version(): Promise<string> {
    const { serverVersion } = JSON.parse(await this.output('version', '-o', 'json')) as {
      serverVersion?: { gitVersion: string };
    };
    if (!serverVersion) throw new CommandFailure('The API server does not answer.');
    return `Kubernetes ${serverVersion.gitVersion}`;
  }

  /** The settings of each service by the name of its ConfigMap. */
  async settings(): Promise<Record<string, Readonly<Record<string, string>>>> {
    const { items } = JSON.parse(await this.output('get', 'configmaps', '-l', LABEL, '-o', 'json')) as {
      items: ConfigMap[];
    };
    if (items.length === 0) {
      throw new CommandFailure(
        `There are no ConfigMaps of cryptoutil in ${this.namespace}: apply deployments/kubernetes/configmaps.`,
      );
    }
    return Object.fromEntries(items.map(({ metadata, data = {} }) => [metadata.name, data]));
  }

  async pods(): Promise<Pod[]> {
    return (JSON.parse(await this.output('get', 'pods', '-l', LABEL, '-o', 'json')) as { items: Pod[] }).items;
  }

  /** The pod of the database that takes writes, as CloudNativePG labels it. */
  async primary(): Promise<string> {
    const label = 'cnpg.io/instanceRole=primary';
    const name = (await this.output('get', 'pods', '-l', label, '-o', 'jsonpath={.items[0].metadata.name}')).trim();
    if (name === '')
      throw new CommandFailure('There is no primary of CloudNativePG here: look at a managed database yourself.');
    return name;
  }

  /** Which revisions each deployment can go back to; undefined when one has none. */
  async previousRevisions(deployments: readonly string[]): Promise<string | undefined> {
    const found = await Promise.all(
      deployments.map(async (name) => {
        const history = await this.output('rollout', 'history', `deployment/${name}`);
        return history.split('\n').filter((line) => /^\d+\s/.test(line)).length;
      }),
    );
    return found.every((count) => count >= 2)
      ? `kubectl rollout undo: ${Math.min(...found)} revisions of each`
      : undefined;
  }
}
