import { setTimeout as delay } from 'node:timers/promises';
import { deploymentOf, PART_OF, REVISION, rolloutOrder } from './cluster.js';
import type { Kubectl } from './kubectl.js';

interface ClusterObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly status?: { readonly phase?: string };
}

const SERVICE = 'app.kubernetes.io/name';
const TEMPLATE = 'pod-template-hash';

/** Pods that have ended may stay as a record; nobody is served by them. */
const ENDED = ['Succeeded', 'Failed'];

/** The grace that the Deployments give (45 s), and what a busy node needs to clear up. */
const GONE_WITHIN_SECONDS = 120;

/**
 * Pods of the services that come from another template than the present one of their Deployment. "kubectl rollout status" has ended by
 * then, but until they are gone they answer on the connections that clients have kept.
 */
async function olderPods(kubectl: Kubectl): Promise<string[]> {
  const text = await kubectl.run(['get', 'deployments,replicasets,pods', '-l', PART_OF, '-o', 'json']);
  const { items } = JSON.parse(text) as { items: ClusterObject[] };
  const of = (kind: string, service: string) =>
    items.filter((item) => item.kind === kind && item.metadata.labels?.[SERVICE] === service);
  return rolloutOrder.map(deploymentOf).flatMap((service) => {
    const revision = of('Deployment', service)[0]?.metadata.annotations?.[REVISION];
    const present = of('ReplicaSet', service).find(({ metadata }) => metadata.annotations?.[REVISION] === revision);
    if (!present) return [];
    const template = present.metadata.labels?.[TEMPLATE];
    return of('Pod', service)
      .filter(
        ({ metadata, status }) => metadata.labels?.[TEMPLATE] !== template && !ENDED.includes(status?.phase ?? ''),
      )
      .map(({ metadata }) => metadata.name);
  });
}

/** Waits until no older pod is left. Resolves to those that are still there when the time is over. */
export async function olderPodsGone(
  kubectl: Kubectl,
  { seconds = GONE_WITHIN_SECONDS, everyMs = 1_000 }: { seconds?: number; everyMs?: number } = {},
): Promise<string[]> {
  const until = performance.now() + seconds * 1_000;
  for (;;) {
    const left = await olderPods(kubectl);
    if (left.length === 0 || performance.now() >= until) return left;
    await delay(everyMs);
  }
}
