import { ofKind, type Labels, type Manifest, type Selector } from '../manifest.js';
import { environmentOf, selects, workloads, type Workload } from '../pods.js';

const directions = ['Egress', 'Ingress'] as const;
type Direction = (typeof directions)[number];

interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports?: readonly { readonly protocol?: string; readonly port?: string | number }[];
}
interface Peer {
  readonly podSelector?: Selector;
  readonly namespaceSelector?: Selector;
}
interface PolicySpec {
  readonly podSelector: Selector;
  readonly policyTypes?: readonly string[];
  readonly ingress?: readonly Rule[];
  readonly egress?: readonly Rule[];
}
interface Pod {
  readonly name: string;
  readonly labels: Labels;
  readonly ports: readonly { readonly name?: string; readonly containerPort: number }[];
}

/** Settings that name a service to connect to. `CRYPTOUTIL_RS_URL` and `CRYPTOUTIL_PUBLIC_URL` are names in tokens and links. */
const CONNECTS = ['CRYPTOUTIL_AUTHZ_URL', 'CRYPTOUTIL_IDP_URL', 'CRYPTOUTIL_KMS_URL', 'CRYPTOUTIL_ISSUER'];

/** Pods talk to exactly those that their settings name, and everything else is denied. Flows read `from → to:port`. */
export function checkNetwork(manifests: readonly Manifest[]): string[] {
  const needed = neededFlows(manifests);
  const denies = ofKind<PolicySpec>(manifests, 'NetworkPolicy').some(
    ({ spec }) =>
      selects(spec.podSelector, {}) &&
      directions.every((type) => spec.policyTypes?.includes(type)) &&
      !spec.ingress &&
      !spec.egress,
  );
  return [
    ...(denies ? [] : ['No NetworkPolicy denies everything by default.']),
    ...directions.flatMap((direction) => {
      const allowed = allowedFlows(manifests, [direction]);
      const end = direction === 'Egress' ? 'sender' : 'receiver';
      return [
        ...needed
          .filter((flow) => !allowed.includes(flow))
          .map((flow) => `The ${end} may not: ${flow}, which is needed.`),
        ...allowed
          .filter((flow) => !needed.includes(flow))
          .map((flow) => `The ${end} may: ${flow}, which nothing needs.`),
      ];
    }),
  ];
}

/** What the settings of the workloads lead to. */
export function neededFlows(manifests: readonly Manifest[]): string[] {
  const flows = workloads(manifests).flatMap((workload) =>
    workload.pod.containers.flatMap((container) => {
      const env = environmentOf(manifests, workload, container.name);
      const from = workload.manifest.metadata.name;
      const database =
        env.CRYPTOUTIL_DATABASE_HOST && `${databaseOf(env.CRYPTOUTIL_DATABASE_HOST)}:${env.CRYPTOUTIL_DATABASE_PORT}`;
      const migrates = container.args?.[0] === 'migrate';
      const services = migrates
        ? []
        : CONNECTS.flatMap((variable) => env[variable] ?? []).map((url) => endOf(manifests, url));
      const collector = migrates
        ? []
        : [env.OTEL_EXPORTER_OTLP_ENDPOINT].flatMap((url) => (url ? endOf(manifests, url) : []));
      return [database, ...services, ...collector]
        .filter((to) => to && !to.startsWith(`${from}:`))
        .map((to) => `${from} → ${to}`);
    }),
  );
  return [...new Set(flows)].sort();
}

/** `cryptoutil-db-rw.<namespace>.svc` is the primary of the cluster `cryptoutil-db`. */
const databaseOf = (host: string): string => host.split('.')[0]!.replace(/-rw$/, '');

/** The pod and its port behind a URL: of a Service's own name, or of the public URL of a service. */
function endOf(manifests: readonly Manifest[], url: string): string {
  const { hostname } = new URL(url);
  const found = workloads(manifests).find((workload) => {
    const name = workload.manifest.metadata.name;
    const [container] = workload.pod.containers;
    const publicUrl = environmentOf(manifests, workload, container!.name).CRYPTOUTIL_PUBLIC_URL;
    return workload.manifest.kind === 'Deployment' && (hostname.split('.')[0] === name || publicUrl === url);
  });
  const port = found?.pod.containers[0]!.ports?.[0]?.containerPort;
  return found ? `${found.manifest.metadata.name}:${port}` : `(nobody):${url}`;
}

/** Every flow between two pods of the suite that is allowed at both ends, or at the one that is named. */
export function allowedFlows(manifests: readonly Manifest[], ends: readonly Direction[] = directions): string[] {
  const policies = ofKind<PolicySpec>(manifests, 'NetworkPolicy').map(({ spec }) => spec);
  const pods = allPods(manifests);
  return pods
    .flatMap((from) =>
      pods
        .filter((to) => to.name !== from.name)
        .flatMap((to) =>
          to.ports
            .filter((port) =>
              ends.every((end) =>
                end === 'Egress' ? lets(policies, end, from, to, port) : lets(policies, end, to, from, port),
              ),
            )
            .map((port) => `${from.name} → ${to.name}:${port.containerPort}`),
        ),
    )
    .sort();
}

function allPods(manifests: readonly Manifest[]): Pod[] {
  const own = workloads(manifests).map(({ manifest, labels, pod }: Workload) => ({
    name: manifest.metadata.name,
    labels,
    ports: pod.containers.flatMap(({ ports = [] }) => ports),
  }));
  const databases = ofKind(manifests, 'Cluster').map(({ metadata }) => ({
    name: metadata.name,
    labels: { 'cnpg.io/cluster': metadata.name },
    ports: [{ containerPort: 5432 }, { containerPort: 8000 }],
  }));
  return [...own, ...databases];
}

/** Whether the policies let `pod` exchange with `other` in a direction; a pod that no policy chooses may do anything. */
function lets(
  policies: readonly PolicySpec[],
  direction: Direction,
  pod: Pod,
  other: Pod,
  port: Pod['ports'][number],
): boolean {
  const choosing = policies.filter(
    ({ podSelector, policyTypes = [] }) => policyTypes.includes(direction) && selects(podSelector, pod.labels),
  );
  if (choosing.length === 0) return true;
  const rules = choosing.flatMap((policy) => (direction === 'Ingress' ? policy.ingress : policy.egress) ?? []);
  return rules.some((rule) => {
    const peers = direction === 'Ingress' ? rule.from : rule.to;
    return (
      (!peers || peers.some((peer) => isPeer(peer, other))) &&
      (!rule.ports || rule.ports.some((allowed) => allowed.port === port.containerPort || allowed.port === port.name))
    );
  });
}

/** A peer with a namespace selector is elsewhere: none of the suite's own pods. */
const isPeer = ({ podSelector, namespaceSelector }: Peer, { labels }: Pod): boolean =>
  !namespaceSelector && podSelector !== undefined && selects(podSelector, labels);
