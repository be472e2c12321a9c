import type { ServiceName } from '../../services/services.js';
import { answers, warmUp } from '../public-routes.js';
import type { Kubectl } from './kubectl.js';

/** The order in which the services are brought in: each needs those before it. */
export const rolloutOrder: readonly ServiceName[] = ['kms', 'authz', 'idp', 'rs'];

/** The Deployment of a service, which is also the name of its ConfigMap. */
export const deploymentOf = (name: ServiceName): string => (name === 'kms' ? 'cryptoutil-kms' : `identity-${name}`);

/** What every object of the suite is labelled with. */
export const PART_OF = 'app.kubernetes.io/part-of=cryptoutil';

/** Where the controllers write the revision, on Deployments and on their ReplicaSets. */
export const REVISION = 'deployment.kubernetes.io/revision';

/** At which revision a Deployment was when others got a new version and it did not: `deploy rollback` leaves it there. */
const KEPT = 'cryptoutil/kept-revision';

/** One Deployment as the API server tells of it. */
export interface DeploymentState {
  readonly service: ServiceName;
  readonly image: string;
  /** Counts what `rollout undo` can go back to. */
  readonly revision: string;
  /** The last deployment that changed anything did not change this one. */
  readonly kept: boolean;
  readonly desired: number;
  readonly ready: number;
  /** Pods of the newest template. */
  readonly updated: number;
  /** The newest template is that of all pods, and all are available: no rollout is under way or stuck. */
  readonly complete: boolean;
}

interface DeploymentObject {
  readonly metadata: {
    readonly name: string;
    readonly generation: number;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly replicas?: number;
    readonly template: { readonly spec: { readonly containers: readonly { readonly image: string }[] } };
  };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
  };
}

/** The Deployments of the suite that are there, in the order of the rollout. */
export async function deploymentStates(kubectl: Kubectl): Promise<DeploymentState[]> {
  const { items } = JSON.parse(await kubectl.run(['get', 'deployments', '-l', PART_OF, '-o', 'json'])) as {
    items: DeploymentObject[];
  };
  return rolloutOrder.flatMap((service) => {
    const found = items.find(({ metadata }) => metadata.name === deploymentOf(service));
    if (!found) return [];
    const { metadata, spec, status } = found;
    const revision = metadata.annotations?.[REVISION] ?? '';
    return {
      ...{ service, revision, kept: revision !== '' && metadata.annotations?.[KEPT] === revision },
      image: spec.template.spec.containers[0]?.image ?? '',
      desired: spec.replicas ?? 1,
      ready: status?.readyReplicas ?? 0,
      updated: status?.updatedReplicas ?? 0,
      complete: rolledOut(found),
    };
  });
}

/** What "kubectl rollout status" waits for, and that the controller has seen the newest template at all. */
function rolledOut({ metadata, spec, status = {} }: DeploymentObject): boolean {
  const { observedGeneration = 0, replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  const desired = spec.replicas ?? 1;
  return (
    observedGeneration >= metadata.generation &&
    [replicas, updatedReplicas, availableReplicas].every((n) => n === desired)
  );
}

/** Marks those that are at the revision of before, when others are not. */
export async function markKept(kubectl: Kubectl, before: readonly DeploymentState[]): Promise<void> {
  const now = await deploymentStates(kubectl);
  const kept = now.filter(({ service, revision }) =>
    before.some((old) => old.service === service && old.revision === revision),
  );
  if (kept.length === now.length) return;
  for (const { service, revision } of kept)
    await kubectl.run(['annotate', `deployment/${deploymentOf(service)}`, `${KEPT}=${revision}`, '--overwrite']);
}

/** Waits until a rollout has ended. Rejects when it does not within the time. */
export async function waitForRollout(kubectl: Kubectl, service: ServiceName, seconds: number): Promise<void> {
  await kubectl.run(['rollout', 'status', `deployment/${deploymentOf(service)}`, `--timeout=${seconds}s`]);
}

/** Asks every pod of a service that stays for what it serves, so often that it is as fast as one that has served for a while. */
export async function tryOut(kubectl: Kubectl, service: ServiceName, note: (line: string) => void): Promise<void> {
  const label = `app.kubernetes.io/name=${deploymentOf(service)}`;
  const { items } = JSON.parse(await kubectl.run(['get', 'pods', '-l', label, '-o', 'json'])) as {
    items: { metadata: { name: string; deletionTimestamp?: string }; status?: { phase?: string } }[];
  };
  const serving = items.filter(({ metadata, status }) => !metadata.deletionTimestamp && status?.phase === 'Running');
  const ask = (pod: string, command: string[]): Promise<string> =>
    kubectl.run(['exec', `pod/${pod}`, '--', ...command]);
  await Promise.all(
    serving.map(({ metadata: { name } }) =>
      // An image from before cannot be made warm; that it answers is enough.
      ask(name, warmUp(service)).catch(async ({ message }: Error) => {
        await ask(name, answers(service));
        note(message);
      }),
    ),
  );
}
