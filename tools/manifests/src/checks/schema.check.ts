import { title, type Manifest } from '../manifest.js';

type Models = Record<string, { new (data: object): { validate(): void } } | undefined>;

/** The APIs that the manifests may use: what a supported Kubernetes serves, and two operators. Beta and removed ones are not among them. */
const apis: Readonly<Record<string, () => Promise<unknown>>> = {
  v1: () => import('kubernetes-models/v1'),
  'apps/v1': () => import('kubernetes-models/apps/v1'),
  'autoscaling/v2': () => import('kubernetes-models/autoscaling/v2'),
  'batch/v1': () => import('kubernetes-models/batch/v1'),
  'networking.k8s.io/v1': () => import('kubernetes-models/networking.k8s.io/v1'),
  'policy/v1': () => import('kubernetes-models/policy/v1'),
  'cert-manager.io/v1': () => import('@kubernetes-models/cert-manager/cert-manager.io/v1'),
  'monitoring.coreos.com/v1': () => import('@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1'),
};

/** No schema is published for these in a package: their operator is the judge. */
const unchecked = ['postgresql.cnpg.io/v1'];

/** Each manifest is of an API that is served, and has the types, required fields and values its schema wants. */
export async function checkSchemas(manifests: readonly Manifest[]): Promise<string[]> {
  const findings = await Promise.all(manifests.map(checkSchema));
  return findings.flat();
}

async function checkSchema(manifest: Manifest): Promise<string[]> {
  const { file: _file, ...object } = manifest;
  if (unchecked.includes(manifest.apiVersion)) return [];
  const load = apis[manifest.apiVersion];
  const model = load && ((await load()) as Models)[manifest.kind];
  if (!model) return [`${title(manifest)}: no API serves ${manifest.apiVersion} ${manifest.kind}.`];
  try {
    new model(object).validate();
    return [];
  } catch (error) {
    return [`${title(manifest)}: ${(error as Error).message}.`];
  }
}
