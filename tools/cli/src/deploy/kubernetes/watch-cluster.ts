import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServiceName } from '../../services/services.js';
import { baselineFrom, LOOK_EVERY_MS, WatchedRequests, type Baseline, type WatchRules } from '../watched-requests.js';
import { deploymentOf, deploymentStates, rolloutOrder } from './cluster.js';
import type { Kubectl } from './kubectl.js';

/** The pods of the services and no others: kubectl gives no logs at all when one of the pods has several containers, as that of the migration. */
const SERVICES = `app.kubernetes.io/name in (${rolloutOrder.map(deploymentOf).join(',')})`;
/** More than the pods that the autoscalers allow; one that has just ended has no logs, and must not end those of the others. */
const LOGS = ['logs', '-l', SERVICES, '--prefix=false', '--max-log-requests=60', '--ignore-errors'];

/** How the requests of the last five minutes went. Without logs there is nothing to compare with, which is no reason to stop. */
export const clusterBaseline = async (kubectl: Kubectl): Promise<Baseline> =>
  baselineFrom(await kubectl.run([...LOGS, '--since=5m', '--tail=-1']).catch(() => ''));

/** Follows the pods for a time. Resolves to the reason to go back as soon as there is one, else to undefined. */
export async function watchCluster(kubectl: Kubectl, rules: WatchRules): Promise<string | undefined> {
  const { forMs, everyMs = LOOK_EVERY_MS } = rules;
  const requests = new WatchedRequests(rules);
  let following = false;
  let follower: ReturnType<Kubectl['follow']> | undefined;
  const follow = (): void => {
    following = true;
    follower = kubectl.follow([...LOGS, '--follow', '--tail=0']);
    createInterface({ input: follower.output })
      .on('line', (line) => requests.read(line))
      // Pods come and go, and the connection may break: what cannot be seen must not count as well.
      .on('close', () => (following = false));
  };
  try {
    const begun = performance.now();
    let failingSince: number | undefined;
    const needed = new Map<ServiceName, number>();
    while (performance.now() - begun < forMs) {
      if (!following) follow();
      await delay(everyMs);
      const now = performance.now();
      failingSince = (await allReady(kubectl, needed)) ? undefined : (failingSince ?? now - everyMs);
      const reason = requests.reasonToGo(failingSince === undefined ? 0 : now - failingSince);
      if (reason !== undefined) return reason;
    }
    return undefined;
  } finally {
    follower?.stop();
  }
}

/** Pods that the autoscaler adds are waited for by nobody: as many must be ready as were wanted when the service was first looked at. */
async function allReady(kubectl: Kubectl, needed: Map<ServiceName, number>): Promise<boolean> {
  try {
    return (await deploymentStates(kubectl)).every(({ service, ready, desired }) => {
      if (!needed.has(service)) needed.set(service, desired);
      return ready >= Math.min(desired, needed.get(service)!);
    });
  } catch {
    return false;
  }
}
