import {
  ofKind,
  title,
  type Container,
  type Manifest,
  type PodTemplate,
  type Probe,
  type Selector,
} from '../manifest.js';
import { selects } from '../pods.js';

interface DeploymentSpec {
  readonly replicas?: number;
  readonly strategy?: { readonly rollingUpdate?: { readonly maxSurge?: unknown; readonly maxUnavailable?: unknown } };
  readonly selector: Selector;
  readonly template: PodTemplate;
}
interface Scaling {
  readonly scaleTargetRef: { readonly kind: string; readonly name: string };
  readonly minReplicas?: number;
}

/** Requests in flight may take this long when a service stops, in seconds. */
const STOP_SECONDS = 30;
/** What a request needs to reach a pod that its proxy does not yet know to be going, in seconds. */
const LEAST_PRE_STOP_SECONDS = 3;

/**
 * The services of the suite (Deployments with settings of `CRYPTOUTIL_`) roll out as blue and green: a whole second set, none taken
 * away before it is ready, time for requests in flight; and they keep two pods whatever happens.
 */
export function checkRollouts(manifests: readonly Manifest[], services: readonly string[]): string[] {
  return services.flatMap((name) => {
    const deployment = ofKind<DeploymentSpec>(manifests, 'Deployment').find(({ metadata }) => metadata.name === name);
    if (!deployment) return [`There is no Deployment ${name}.`];
    return [...deploymentFindings(deployment.spec), ...spareFindings(manifests, name, deployment.spec)].map(
      (finding) => `${title(deployment)}: ${finding}.`,
    );
  });
}

function deploymentFindings({ strategy, template }: DeploymentSpec): string[] {
  const { maxSurge, maxUnavailable } = strategy?.rollingUpdate ?? {};
  const pod = template.spec;
  const grace = pod.terminationGracePeriodSeconds ?? 30;
  const keys = (pod.topologySpreadConstraints ?? []).map(({ topologyKey }) => topologyKey);
  return [
    ...refuse(maxSurge !== '100%', 'a rollout does not begin with a whole second set (maxSurge 100%)'),
    ...refuse(maxUnavailable !== 0, 'a rollout takes pods away before others are ready (maxUnavailable 0)'),
    ...refuse(!keys.includes('kubernetes.io/hostname'), 'its pods are not spread over nodes'),
    ...refuse(!keys.includes('topology.kubernetes.io/zone'), 'its pods are not spread over zones'),
    ...pod.containers.flatMap((container) => containerFindings(container, grace)),
  ];
}

function containerFindings(container: Container, graceSeconds: number): string[] {
  const sleep = preStopSeconds(container);
  return [
    ...refuse(sleep < LEAST_PRE_STOP_SECONDS, 'it stops while requests still arrive (preStop sleep)'),
    ...refuse(graceSeconds < STOP_SECONDS + sleep + 5, 'it is killed before requests in flight are over'),
    ...(['startupProbe', 'readinessProbe', 'livenessProbe'] as const).flatMap((name) =>
      probeFindings(name, container[name], container),
    ),
  ];
}

/** Seconds of `sleep n` before a container is told to stop; 0 when there is none. */
function preStopSeconds({ lifecycle }: Container): number {
  const [command, seconds] = lifecycle?.preStop?.exec?.command ?? [];
  return command === 'sleep' ? Number(seconds) : 0;
}

function probeFindings(name: string, probe: Probe | undefined, { ports = [] }: Container): string[] {
  if (!probe?.httpGet) return [`it has no ${name}`];
  const { port, scheme } = probe.httpGet;
  return [
    ...refuse(scheme !== 'HTTPS', `its ${name} does not speak HTTPS`),
    ...refuse(
      !ports.some(({ name: own, containerPort }) => own === port || containerPort === port),
      `its ${name} asks the port ${port}, which is none of the container's`,
    ),
  ];
}

function spareFindings(manifests: readonly Manifest[], name: string, { replicas, template }: DeploymentSpec): string[] {
  const labels = template.metadata?.labels ?? {};
  const scaling = ofKind<Scaling>(manifests, 'HorizontalPodAutoscaler').find(
    ({ spec }) => spec.scaleTargetRef.kind === 'Deployment' && spec.scaleTargetRef.name === name,
  );
  const budgets = ofKind<{ selector: Selector; maxUnavailable?: unknown }>(manifests, 'PodDisruptionBudget').filter(
    ({ spec }) => selects(spec.selector, labels),
  );
  return [
    ...refuse((scaling?.spec.minReplicas ?? 0) < 2, 'no HorizontalPodAutoscaler keeps two pods'),
    ...refuse(replicas !== undefined, 'its number of replicas would undo what the HorizontalPodAutoscaler did'),
    ...refuse(budgets.length !== 1 || budgets[0]!.spec.maxUnavailable !== 1, 'no one PodDisruptionBudget protects it'),
  ];
}

const refuse = (condition: boolean, finding: string): string[] => (condition ? [finding] : []);
