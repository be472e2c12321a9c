import { PART_OF } from './cluster.js';
import type { Kubectl } from './kubectl.js';

interface ConfigMap {
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: object;
    readonly annotations?: object;
  };
  readonly data?: Readonly<Record<string, string>>;
}

/** The ConfigMaps as they were, since `rollout undo` does not bring them back. */
export class KeptConfiguration {
  private constructor(private readonly maps: readonly ConfigMap[]) {}

  static async of(kubectl: Kubectl): Promise<KeptConfiguration> {
    const text = await kubectl.run(['get', 'configmaps', '-l', PART_OF, '-o', 'json']);
    return new KeptConfiguration((JSON.parse(text) as { items: ConfigMap[] }).items);
  }

  /** Puts them back, without what only the API server says about them. */
  async restore(kubectl: Kubectl): Promise<void> {
    if (this.maps.length === 0) return;
    const items = this.maps.map(({ metadata: { name, namespace, labels, annotations }, data }) => ({
      ...{ apiVersion: 'v1', kind: 'ConfigMap', data },
      metadata: { name, namespace, labels, annotations },
    }));
    await kubectl.run(['replace', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  }
}
