import { ofKind, title, type Container, type Manifest, type Selector, type Volume } from '../manifest.js';
import { environmentOf, filesOfVolume, selects, workloads, type Workload } from '../pods.js';

interface ServiceSpec {
  readonly selector: Readonly<Record<string, string>>;
  readonly ports: readonly { readonly port: number; readonly targetPort: string | number }[];
}

/** What is named is there: pods behind selectors, ports, service accounts, volumes, and each file that a setting names. */
export function checkReferences(manifests: readonly Manifest[]): string[] {
  const known = new Sources(manifests);
  return [
    ...workloads(manifests).flatMap((workload) =>
      workloadFindings(manifests, known, workload).map((finding) => `${title(workload.manifest)}: ${finding}.`),
    ),
    ...ofKind<ServiceSpec>(manifests, 'Service').flatMap((service) => serviceFindings(manifests, service)),
    ...selectorFindings(manifests),
  ];
}

/** Where the keys of Secrets and ConfigMaps come from: manifests, cert-manager, CloudNativePG. */
class Sources {
  private readonly keys = new Map<string, readonly string[]>();

  constructor(manifests: readonly Manifest[]) {
    for (const { kind, metadata, data = {}, spec } of manifests) {
      if (kind === 'Secret' || kind === 'ConfigMap') this.keys.set(`${kind} ${metadata.name}`, Object.keys(data));
      if (kind === 'Certificate') {
        const { secretName } = spec as { secretName: string };
        this.keys.set(`Secret ${secretName}`, ['tls.crt', 'tls.key', 'ca.crt']);
      }
      if (kind === 'Cluster') this.keys.set(`Secret ${metadata.name}-ca`, ['ca.crt', 'ca.key']);
    }
  }

  of(kind: 'Secret' | 'ConfigMap', name: string): readonly string[] | undefined {
    return this.keys.get(`${kind} ${name}`);
  }

  /** Where a volume takes its files from; nothing for one that is empty at first. */
  ofVolume({ secret, configMap }: Volume): { name: string; keys: readonly string[] | undefined } | undefined {
    if (secret) return { name: `Secret ${secret.secretName}`, keys: this.of('Secret', secret.secretName) };
    if (configMap) return { name: `ConfigMap ${configMap.name}`, keys: this.of('ConfigMap', configMap.name) };
    return undefined;
  }
}

function workloadFindings(manifests: readonly Manifest[], known: Sources, workload: Workload): string[] {
  const { manifest, labels, pod } = workload;
  const { selector } = manifest.spec as { selector?: Selector };
  const account = pod.serviceAccountName;
  return [
    ...refuse(selector !== undefined && !selects(selector, labels), 'its selector does not choose its own pods'),
    ...refuse(
      account !== undefined && !ofKind(manifests, 'ServiceAccount').some(({ metadata }) => metadata.name === account),
      `there is no ServiceAccount ${account}`,
    ),
    ...(pod.volumes ?? []).flatMap((volume) => volumeFindings(known, volume)),
    ...pod.containers.flatMap((container) => containerFindings(manifests, known, workload, container)),
  ];
}

function volumeFindings(known: Sources, volume: Volume): string[] {
  const source = known.ofVolume(volume);
  if (!source || volume.secret?.optional) return [];
  const { name, keys } = source;
  if (!keys) return [`the volume ${volume.name} wants ${name}, which nothing makes`];
  return (volume.secret?.items ?? volume.configMap?.items ?? [])
    .filter(({ key }) => !keys.includes(key))
    .map(({ key }) => `the volume ${volume.name} wants ${key} of ${name}, which does not have it`);
}

function containerFindings(
  manifests: readonly Manifest[],
  known: Sources,
  workload: Workload,
  container: Container,
): string[] {
  const mounts = container.volumeMounts ?? [];
  const volumes = workload.pod.volumes ?? [];
  const missing = mounts
    .filter(({ name }) => !volumes.some((volume) => volume.name === name))
    .map(({ name }) => `${container.name} mounts the volume ${name}, which is not there`);
  const settings = (container.envFrom ?? [])
    .filter(({ configMapRef }) => configMapRef && !known.of('ConfigMap', configMapRef.name))
    .map(({ configMapRef }) => `${container.name} reads the ConfigMap ${configMapRef!.name}, which is not there`);
  const paths = mounts.flatMap(({ name, mountPath }) => {
    const volume = volumes.find((candidate) => candidate.name === name);
    const keys = (volume && known.ofVolume(volume)?.keys) ?? [];
    const items = volume?.secret?.items ?? volume?.configMap?.items;
    return filesOfVolume(keys, items).map((file) => `${mountPath}/${file}`);
  });
  // Files that may be missing, and files that the service itself writes.
  const optional = mounts
    .filter(({ name }) =>
      volumes.some((volume) => volume.name === name && (volume.secret?.optional ?? volume.emptyDir)),
    )
    .map(({ mountPath }) => `${mountPath}/`);
  const files = Object.entries(environmentOf(manifests, workload, container.name))
    .filter(([variable]) => /^CRYPTOUTIL_\w+_FILES?$/.test(variable))
    // A migration reads the settings of the database and nothing else.
    .filter(([variable]) => container.args?.[0] !== 'migrate' || variable.startsWith('CRYPTOUTIL_DATABASE_'))
    .flatMap(([variable, value]) => value.split(',').map((path) => ({ variable, path })))
    .filter(({ path }) => !paths.includes(path) && !optional.some((folder) => path.startsWith(folder)))
    .map(({ variable, path }) => `${variable} names ${path}, which ${container.name} does not mount`);
  return [...missing, ...settings, ...files];
}

function serviceFindings(manifests: readonly Manifest[], service: Manifest & { spec: ServiceSpec }): string[] {
  const behind = workloads(manifests).filter(({ labels }) => selects({ matchLabels: service.spec.selector }, labels));
  if (behind.length !== 1) return [`${title(service)} chooses the pods of ${behind.length} workloads instead of one.`];
  const ports = behind[0]!.pod.containers.flatMap((container) => container.ports ?? []);
  return service.spec.ports
    .filter(({ targetPort }) => !ports.some((port) => port.name === targetPort || port.containerPort === targetPort))
    .map(({ targetPort }) => `${title(service)} leads to the port ${targetPort}, which its pods do not have.`);
}

/** Budgets and network policies that choose nothing protect nothing. */
function selectorFindings(manifests: readonly Manifest[]): string[] {
  const labels = [
    ...workloads(manifests).map((workload) => workload.labels),
    ...ofKind(manifests, 'Cluster').map(({ metadata }) => ({ 'cnpg.io/cluster': metadata.name })),
  ];
  const selectors = [
    ...ofKind<{ selector: Selector }>(manifests, 'PodDisruptionBudget').map((manifest) => ({
      manifest,
      selector: manifest.spec.selector,
    })),
    ...ofKind<{ podSelector: Selector }>(manifests, 'NetworkPolicy').map((manifest) => ({
      manifest,
      selector: manifest.spec.podSelector,
    })),
  ];
  const targets = ofKind<{ scaleTargetRef: { kind: string; name: string } }>(manifests, 'HorizontalPodAutoscaler')
    .filter(
      ({ spec }) =>
        !ofKind(manifests, spec.scaleTargetRef.kind).some((m) => m.metadata.name === spec.scaleTargetRef.name),
    )
    .map((scaling) => `${title(scaling)} scales ${scaling.spec.scaleTargetRef.name}, which is not there.`);
  return [
    ...selectors
      .filter(({ selector }) => !labels.some((own) => selects(selector, own)))
      .map(({ manifest }) => `${title(manifest)} chooses no pods.`),
    ...targets,
  ];
}

const refuse = (condition: boolean, finding: string): string[] => (condition ? [finding] : []);
