import { describe, expect, test } from '@jest/globals';
import { checkManifests } from './check-manifests.js';
import { allowedFlows } from './checks/network.check.js';
import type { Manifest } from './manifest.js';
import { suiteManifests } from './manifests.fixture.js';
import { parseManifests } from './read-manifests.js';

test('nothing is wrong with the manifests of the suite', async () => {
  expect(await checkManifests(suiteManifests())).toEqual([]);
});

test('the flows between pods are these and no others', () => {
  expect(allowedFlows(suiteManifests())).toEqual([
    'cryptoutil-kms → cryptoutil-db:5432',
    'cryptoutil-kms → identity-authz:8080',
    'cryptoutil-kms → otel-collector:4318',
    'cryptoutil-migrate → cryptoutil-db:5432',
    'identity-authz → cryptoutil-db:5432',
    'identity-authz → cryptoutil-kms:9090',
    'identity-authz → identity-idp:8081',
    'identity-authz → otel-collector:4318',
    'identity-idp → cryptoutil-db:5432',
    'identity-idp → identity-authz:8080',
    'identity-idp → otel-collector:4318',
    'identity-rs → cryptoutil-db:5432',
    'identity-rs → cryptoutil-kms:9090',
    'identity-rs → identity-authz:8080',
    'identity-rs → otel-collector:4318',
  ]);
});

/** The findings after one change to one manifest. */
async function findingsAfter(kind: string, name: string, change: (manifest: any) => unknown): Promise<string[]> {
  const manifests = structuredClone(suiteManifests());
  const manifest = manifests.find((candidate) => candidate.kind === kind && candidate.metadata.name === name);
  if (!manifest) throw new Error(`There is no ${kind} ${name}.`);
  change(manifest);
  return checkManifests(manifests);
}

const pod = (manifest: any) => manifest.spec.template.spec;
const container = (manifest: any) => pod(manifest).containers[0];

type Case = [string, string, string, (manifest: any) => unknown, RegExp];

describe('a bad manifest is refused', () => {
  test.each<Case>([
    ['a wrong type', 'Deployment', 'identity-rs', (m) => (m.spec.replicas = 'two'), /replicas/],
    ['a missing field', 'Deployment', 'identity-rs', (m) => delete m.spec.selector, /selector/],
    [
      'a value that is not among the possible',
      'Service',
      'identity-rs',
      (m) => (m.spec.ports[0].port = '8082'),
      /port/,
    ],
    [
      'a bad quantity',
      'Deployment',
      'identity-rs',
      (m) => (container(m).resources.limits.memory = '5 pounds'),
      /memory/,
    ],
    ['an API that was removed', 'Deployment', 'identity-rs', (m) => (m.apiVersion = 'extensions/v1beta1'), /no API/],
    ['a kind that there is not', 'Deployment', 'identity-rs', (m) => (m.kind = 'Deploymnet'), /no API serves/],
    ['a certificate without issuer', 'Certificate', 'identity-rs', (m) => delete m.spec.issuerRef, /issuerRef/],
    [
      'an alert without expression',
      'PrometheusRule',
      'cryptoutil',
      (m) => delete m.spec.groups[0].rules[0].expr,
      /expr/,
    ],
  ])('%s', async (_title, kind, name, change, finding) => {
    expect((await findingsAfter(kind, name, change)).join('\n')).toMatch(finding);
  });

  test.each<Case>([
    ['a bad name', 'ServiceAccount', 'identity-rs', (m) => (m.metadata.name = 'Identity_RS'), /no DNS label/],
    ['another namespace', 'Service', 'identity-rs', (m) => (m.metadata.namespace = 'default'), /not declared/],
    ['an image without version', 'Deployment', 'identity-rs', (m) => (container(m).image = 'cryptoutil'), /not pinned/],
    [
      'an image that changes',
      'Job',
      'cryptoutil-migrate',
      (m) => (container(m).image = 'cryptoutil:latest'),
      /not pinned/,
    ],
  ])('names: %s', async (_title, kind, name, change, finding) => {
    expect((await findingsAfter(kind, name, change)).join('\n')).toMatch(finding);
  });

  test('names: the same twice', async () => {
    const manifests = suiteManifests();
    expect(await checkManifests([...manifests, manifests.find(({ kind }) => kind === 'Job')!])).toEqual([
      'jobs/migrate.yaml: Job cryptoutil-migrate is there twice.',
    ]);
  });

  test.each<Case>([
    [
      'a selector',
      'Deployment',
      'identity-idp',
      (m) => (m.spec.selector.matchLabels['app.kubernetes.io/name'] = 'idp'),
      /own pods/,
    ],
    ['a service', 'Service', 'identity-idp', (m) => (m.spec.selector['app.kubernetes.io/name'] = 'idp'), /0 workloads/],
    ['a port of a service', 'Service', 'identity-idp', (m) => (m.spec.ports[0].targetPort = 8080), /port 8080, which/],
    ['an account', 'Deployment', 'identity-idp', (m) => (pod(m).serviceAccountName = 'idp'), /no ServiceAccount idp/],
    [
      'a settings map',
      'Deployment',
      'identity-idp',
      (m) => (container(m).envFrom[0].configMapRef.name = 'idp'),
      /ConfigMap idp/,
    ],
    [
      'a secret',
      'Deployment',
      'identity-idp',
      (m) => (pod(m).volumes[1].secret.secretName = 'idp'),
      /Secret idp, which nothing/,
    ],
    [
      'a key of a secret',
      'Deployment',
      'identity-idp',
      (m) => (pod(m).volumes[1].secret.items[0].key = 'pass'),
      /wants pass of/,
    ],
    ['a volume', 'Deployment', 'identity-idp', (m) => pod(m).volumes.shift(), /mounts the volume tls/],
    [
      'a file',
      'ConfigMap',
      'identity-idp',
      (m) => (m.data.CRYPTOUTIL_SESSION_KEY_FILE = '/run/key'),
      /SESSION_KEY_FILE names/,
    ],
    [
      'a file of a migration',
      'ConfigMap',
      'identity-idp',
      (m) => (m.data.CRYPTOUTIL_DATABASE_PASSWORD_FILE = '/run/key'),
      /Job .* names/,
    ],
    [
      'a budget',
      'PodDisruptionBudget',
      'identity-idp',
      (m) => (m.spec.selector.matchLabels = { a: 'b' }),
      /chooses no pods/,
    ],
    [
      'a policy',
      'NetworkPolicy',
      'identity-idp',
      (m) => (m.spec.podSelector.matchLabels = { a: 'b' }),
      /chooses no pods/,
    ],
    ['a scaling', 'HorizontalPodAutoscaler', 'identity-idp', (m) => (m.spec.scaleTargetRef.name = 'idp'), /scales idp/],
  ])('%s that names what is not there', async (_title, kind, name, change, finding) => {
    expect((await findingsAfter(kind, name, change)).join('\n')).toMatch(finding);
  });

  test.each<Case>([
    ['a user of root', 'Deployment', 'cryptoutil-kms', (m) => (pod(m).securityContext.runAsNonRoot = false), /as root/],
    ['no user', 'Deployment', 'cryptoutil-kms', (m) => delete pod(m).securityContext.runAsUser, /names no user/],
    ['no seccomp profile', 'Job', 'cryptoutil-migrate', (m) => delete pod(m).securityContext.seccompProfile, /seccomp/],
    ['a token', 'Deployment', 'cryptoutil-kms', (m) => delete pod(m).automountServiceAccountToken, /token/],
    [
      'the token of an account',
      'ServiceAccount',
      'cryptoutil-kms',
      (m) => delete m.automountServiceAccountToken,
      /token/,
    ],
    ['the network of the host', 'Deployment', 'cryptoutil-kms', (m) => (pod(m).hostNetwork = true), /of the host/],
    [
      'a folder of the host',
      'Deployment',
      'cryptoutil-kms',
      (m) => pod(m).volumes.push({ name: 'x', hostPath: { path: '/' } }),
      /volume x/,
    ],
    [
      'privileges',
      'Deployment',
      'cryptoutil-kms',
      (m) => (container(m).securityContext.privileged = true),
      /privileged/,
    ],
    [
      'a container of root',
      'Deployment',
      'cryptoutil-kms',
      (m) => (container(m).securityContext.runAsUser = 0),
      /as root/,
    ],
    [
      'escalation',
      'Deployment',
      'cryptoutil-kms',
      (m) => delete container(m).securityContext.allowPrivilegeEscalation,
      /gain/,
    ],
    [
      'a writable root',
      'Deployment',
      'otel-collector',
      (m) => (container(m).securityContext.readOnlyRootFilesystem = false),
      /write/,
    ],
    [
      'a capability',
      'Deployment',
      'cryptoutil-kms',
      (m) => (container(m).securityContext.capabilities.add = ['NET_ADMIN']),
      /capab/,
    ],
    ['no limit', 'Deployment', 'cryptoutil-kms', (m) => delete container(m).resources.limits, /no limit/],
    ['no request', 'Deployment', 'cryptoutil-kms', (m) => delete container(m).resources.requests.cpu, /requests no/],
    [
      'a secret in the environment',
      'Deployment',
      'cryptoutil-kms',
      (m) => (container(m).env = [{ name: 'A', valueFrom: { secretKeyRef: { name: 'a', key: 'b' } } }]),
      /secret in its env/,
    ],
    [
      'a mild namespace',
      'Namespace',
      'cryptoutil-prod',
      (m) => (m.metadata.labels['pod-security.kubernetes.io/enforce'] = 'baseline'),
      /not enforce/,
    ],
  ])('pod security: %s', async (_title, kind, name, change, finding) => {
    expect((await findingsAfter(kind, name, change)).join('\n')).toMatch(finding);
  });

  test.each<Case>([
    ['fewer new pods', 'Deployment', 'identity-authz', (m) => (m.spec.strategy.rollingUpdate.maxSurge = 1), /maxSurge/],
    [
      'pods taken away early',
      'Deployment',
      'identity-authz',
      (m) => (m.spec.strategy.rollingUpdate.maxUnavailable = 1),
      /maxUnav/,
    ],
    ['no wait for the proxies', 'Deployment', 'identity-authz', (m) => delete container(m).lifecycle, /preStop/],
    ['a short end', 'Deployment', 'identity-authz', (m) => (pod(m).terminationGracePeriodSeconds = 30), /killed/],
    [
      'a probe in the clear',
      'Deployment',
      'identity-authz',
      (m) => delete container(m).readinessProbe.httpGet.scheme,
      /HTTPS/,
    ],
    [
      'a probe at no port',
      'Deployment',
      'identity-authz',
      (m) => (container(m).livenessProbe.httpGet.port = 9090),
      /port 9090/,
    ],
    ['no probe', 'Deployment', 'identity-authz', (m) => delete container(m).startupProbe, /no startupProbe/],
    ['one place', 'Deployment', 'identity-authz', (m) => pod(m).topologySpreadConstraints.shift(), /zones/],
    ['one node', 'Deployment', 'identity-authz', (m) => pod(m).topologySpreadConstraints.pop(), /nodes/],
    ['a fixed number', 'Deployment', 'identity-authz', (m) => (m.spec.replicas = 2), /undo/],
    ['a single pod', 'HorizontalPodAutoscaler', 'identity-authz', (m) => (m.spec.minReplicas = 1), /keeps two/],
    ['no budget', 'PodDisruptionBudget', 'identity-authz', (m) => (m.spec.maxUnavailable = 2), /Budget/],
    [
      'another name',
      'Deployment',
      'identity-authz',
      (m) => (m.metadata.name = 'authz'),
      /no Deployment identity-authz/,
    ],
  ])('rollouts: %s', async (_title, kind, name, change, finding) => {
    expect((await findingsAfter(kind, name, change)).join('\n')).toMatch(finding);
  });

  test.each<Case>([
    [
      'open by default',
      'NetworkPolicy',
      'default-deny',
      (m) => (m.spec.ingress = [{}]),
      /denies everything by default/,
    ],
    [
      'a flow too few',
      'NetworkPolicy',
      'identity-rs',
      (m) => m.spec.egress.shift(),
      /sender may not: identity-rs → identity-authz:8080/,
    ],
    [
      'a flow too many',
      'NetworkPolicy',
      'identity-idp',
      (m) => m.spec.egress.push({ to: [{ podSelector: {} }] }),
      /sender may: identity-idp → cryptoutil-kms:9090/,
    ],
    [
      'a peer that is let in for nothing',
      'NetworkPolicy',
      'cryptoutil-kms',
      (m) => (m.spec.ingress[0].from = [{ podSelector: {} }]),
      /receiver may: identity-idp → cryptoutil-kms:9090/,
    ],
    [
      'a URL that leads nowhere',
      'ConfigMap',
      'identity-rs',
      (m) => (m.data.CRYPTOUTIL_KMS_URL = 'https://kms.example'),
      /\(nobody\)/,
    ],
    [
      'another port of the database',
      'ConfigMap',
      'identity-rs',
      (m) => (m.data.CRYPTOUTIL_DATABASE_PORT = '6432'),
      /cryptoutil-db:6432/,
    ],
  ])('network: %s', async (_title, kind, name, change, finding) => {
    expect((await findingsAfter(kind, name, change)).join('\n')).toMatch(finding);
  });

  test.each<Case>([
    [
      'another identity',
      'Certificate',
      'identity-idp',
      (m) => (m.spec.uris = ['spiffe://cryptoutil/authz']),
      /cryptoutil\/idp/,
    ],
    ['two identities', 'Certificate', 'identity-idp', (m) => m.spec.uris.push('spiffe://cryptoutil/ops'), /one URI/],
    [
      'no name of the outside',
      'Certificate',
      'identity-idp',
      (m) => m.spec.dnsNames.shift(),
      /login\.cryptoutil\.example/,
    ],
    ['only a server', 'Certificate', 'identity-idp', (m) => m.spec.usages.pop(), /client auth/],
    ['a late renewal', 'Certificate', 'identity-idp', (m) => (m.spec.renewBefore = '720h'), /30 days/],
    ['an end before the renewal', 'Certificate', 'identity-idp', (m) => (m.spec.duration = '900h'), /ends before/],
    ['an authority', 'Certificate', 'identity-idp', (m) => (m.spec.isCA = true), /sign others/],
    ['an issuer that is not there', 'Certificate', 'identity-idp', (m) => (m.spec.issuerRef.name = 'x'), /no Issuer x/],
    ['another secret', 'Certificate', 'identity-idp', (m) => (m.spec.secretName = 'x'), /identity-idp-tls/],
  ])('certificates: %s', async (_title, kind, name, change, finding) => {
    expect((await findingsAfter(kind, name, change)).join('\n')).toMatch(finding);
  });
});

describe('manifests are read as kubectl reads them', () => {
  const read = (text: string): Manifest[] => parseManifests(text, 'x.yaml');

  test('YAML 1.1: yes is true and 0440 is octal', () => {
    expect(read('a: yes\nb: 0440')).toEqual([{ file: 'x.yaml', a: true, b: 0o440 }]);
  });

  test('a key that is there twice and an open quote are refused', () => {
    expect(() => read('a: 1\na: 2')).toThrow('x.yaml');
    expect(() => read('a: "1')).toThrow('x.yaml');
  });
});
