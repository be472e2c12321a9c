import type { ServiceName } from '../../services/services.js';
import type { Progress } from '../../terminal/progress.js';
import { deploymentOf, rolloutOrder, waitForRollout } from './cluster.js';
import type { Kubectl } from './kubectl.js';
import { olderPodsGone } from './older-pods.js';

/** A Deployment that goes back, to the revision before when none is named. */
export interface WayBack {
  readonly service: ServiceName;
  readonly revision?: string;
}

/**
 * Undoes rollouts, and waits until the pods of before are ready and no others serve any more. All are undone before the first is waited
 * for, since a service whose key service is broken gets ready only when that one has gone back, too. Rejects when one is not ready in time.
 */
export async function goBack(
  kubectl: Kubectl,
  ways: readonly WayBack[],
  healthyWithin: number,
  { step, note }: Progress,
): Promise<void> {
  if (ways.length === 0) return;
  const ordered = rolloutOrder.flatMap((service) => ways.find((way) => way.service === service) ?? []);
  await step('rollouts undone', async () => {
    for (const { service, revision } of [...ordered].reverse()) {
      const to = revision === undefined ? [] : [`--to-revision=${revision}`];
      await kubectl.run(['rollout', 'undo', `deployment/${deploymentOf(service)}`, ...to]);
    }
  });
  const ends = await Promise.allSettled(
    ordered.map(({ service, revision }) =>
      step(`${deploymentOf(service)} back at revision ${revision ?? 'before'}`, () =>
        waitForRollout(kubectl, service, healthyWithin),
      ),
    ),
  );
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed) throw failed.reason;
  const left = await step('pods of the version that was left are gone', () => olderPodsGone(kubectl));
  if (left.length > 0) note(`Still going: ${left.join(', ')}. See: kubectl describe pod <name>`);
}
