import type { KeyPath, Labels, Manifest, PodSpec, PodTemplate, Selector } from './manifest.js';

/** Something that makes pods, and the pods it makes. */
export interface Workload {
  readonly manifest: Manifest;
  readonly labels: Labels;
  readonly pod: PodSpec;
}

/** Every Deployment and Job. */
export function workloads(manifests: readonly Manifest[]): Workload[] {
  return manifests
    .filter(({ kind }) => kind === 'Deployment' || kind === 'Job')
    .map((manifest) => {
      const { template } = manifest.spec as { template: PodTemplate };
      return { manifest, labels: template.metadata?.labels ?? {}, pod: template.spec };
    });
}

/** Whether a selector chooses something with these labels. An empty selector chooses everything. */
export function selects(selector: Selector, labels: Labels): boolean {
  const byLabel = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  const byExpression = (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
    const value = labels[key];
    switch (operator) {
      case 'In':
        return value !== undefined && values.includes(value);
      case 'NotIn':
        return value === undefined || !values.includes(value);
      case 'Exists':
        return value !== undefined;
      case 'DoesNotExist':
        return value === undefined;
      default:
        throw new TypeError(`There is no operator ${operator} in a selector.`);
    }
  });
  return byLabel && byExpression;
}

/** The environment a container starts with, as far as the manifests say it. */
export function environmentOf(manifests: readonly Manifest[], { manifest, pod }: Workload, container: string): Labels {
  const found = pod.containers.find(({ name }) => name === container);
  if (!found) throw new TypeError(`${manifest.metadata.name} has no container ${container}.`);
  const data = (name: string): Labels =>
    manifests.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name)?.data ?? {};
  return Object.assign(
    {},
    ...(found.envFrom ?? []).map(({ configMapRef }) => (configMapRef ? data(configMapRef.name) : {})),
    ...(found.env ?? []).map(({ name, value, valueFrom }) => {
      const reference = valueFrom?.configMapKeyRef;
      const text = reference ? data(reference.name)[reference.key] : value;
      return text === undefined ? {} : { [name]: text };
    }),
  ) as Labels;
}

/** The files that a volume of a Secret or ConfigMap with these keys holds. */
export const filesOfVolume = (keys: readonly string[], items: readonly KeyPath[] | undefined): string[] =>
  items ? items.filter(({ key }) => keys.includes(key)).map(({ path }) => path) : [...keys];
