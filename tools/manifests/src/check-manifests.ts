import { checkCertificates } from './checks/certificates.check.js';
import { checkNames } from './checks/names.check.js';
import { checkNetwork } from './checks/network.check.js';
import { checkPodSecurity } from './checks/pod-security.check.js';
import { checkReferences } from './checks/references.check.js';
import { checkRollouts } from './checks/rollout.check.js';
import { checkSchemas } from './checks/schema.check.js';
import type { Manifest } from './manifest.js';

/** The Deployments of the suite's services, and the identity of each. */
export const suiteIdentities: Readonly<Record<string, string>> = {
  'identity-authz': 'authz',
  'identity-idp': 'idp',
  'identity-rs': 'rs',
  'cryptoutil-kms': 'kms',
};

/** Folders of deployments/kubernetes that kubectl applies; `secrets` is filled by a command. */
export const manifestFolders = [
  'namespace',
  'configmaps',
  'secrets',
  'database',
  'deployments',
  'services',
  'policies',
  'certificates',
  'jobs',
  'monitoring',
] as const;

/** Everything that is wrong with the manifests of the suite, one sentence each; nothing when they are right. */
export async function checkManifests(manifests: readonly Manifest[]): Promise<string[]> {
  const malformed = await checkSchemas(manifests);
  // What is malformed cannot be read by the others.
  if (malformed.length > 0) return malformed;
  return [
    ...checkNames(manifests),
    ...checkReferences(manifests),
    ...checkPodSecurity(manifests),
    ...checkRollouts(manifests, Object.keys(suiteIdentities)),
    ...checkNetwork(manifests),
    ...checkCertificates(manifests, suiteIdentities),
  ];
}
