import { ofKind, title, type Container, type Manifest, type PodSpec } from '../manifest.js';
import { workloads } from '../pods.js';

/** The levels of the Pod Security Standards that the namespace must demand. */
const MODES = ['enforce', 'audit', 'warn'];

/** What the restricted profile demands, and beyond it: a read-only root, no service-account token, no secret in the environment. */
export function checkPodSecurity(manifests: readonly Manifest[]): string[] {
  const namespaces = ofKind(manifests, 'Namespace').flatMap((namespace) =>
    MODES.filter((mode) => namespace.metadata.labels?.[`pod-security.kubernetes.io/${mode}`] !== 'restricted').map(
      (mode) => `${title(namespace)} does not ${mode} the restricted profile.`,
    ),
  );
  const accounts = ofKind(manifests, 'ServiceAccount')
    .filter(({ automountServiceAccountToken }) => automountServiceAccountToken !== false)
    .map((account) => `${title(account)} hands its token to pods.`);
  const pods = workloads(manifests).flatMap(({ manifest, pod }) =>
    [...podFindings(pod), ...allContainers(pod).flatMap(containerFindings)].map(
      (finding) => `${title(manifest)}: ${finding}.`,
    ),
  );
  return [...namespaces, ...accounts, ...pods];
}

const allContainers = (pod: PodSpec): Container[] => [...(pod.initContainers ?? []), ...pod.containers];

function podFindings(pod: PodSpec): string[] {
  const context = pod.securityContext ?? {};
  return [
    ...refuse(context.runAsNonRoot !== true, 'the pod may run as root'),
    ...refuse(!context.runAsUser, 'the pod names no user'),
    ...refuse(context.seccompProfile?.type !== 'RuntimeDefault', 'the pod has no seccomp profile'),
    ...refuse(pod.automountServiceAccountToken !== false, 'the pod gets a service-account token'),
    ...refuse(Boolean(pod.hostNetwork || pod.hostPID || pod.hostIPC), 'the pod shares a namespace of the host'),
    ...(pod.volumes ?? [])
      .filter((volume) => !volume.secret && !volume.configMap && !volume.emptyDir)
      .map(({ name }) => `the volume ${name} is neither Secret, ConfigMap nor emptyDir`),
  ];
}

function containerFindings({ name, securityContext = {}, env = [], envFrom = [], resources }: Container): string[] {
  const { capabilities } = securityContext;
  return [
    ...refuse(securityContext.privileged === true, `${name} is privileged`),
    ...refuse(securityContext.runAsNonRoot === false || securityContext.runAsUser === 0, `${name} may run as root`),
    ...refuse(securityContext.allowPrivilegeEscalation !== false, `${name} may gain privileges`),
    ...refuse(securityContext.readOnlyRootFilesystem !== true, `${name} may write to its root`),
    ...refuse(!capabilities?.drop?.includes('ALL') || Boolean(capabilities.add?.length), `${name} keeps capabilities`),
    ...refuse(
      env.some(({ valueFrom }) => valueFrom?.secretKeyRef) || envFrom.some(({ secretRef }) => secretRef),
      `${name} has a secret in its environment`,
    ),
    ...refuse(!resources?.requests?.cpu || !resources.requests.memory, `${name} requests no cpu or memory`),
    ...refuse(!resources?.limits?.memory, `${name} has no limit of memory`),
  ];
}

const refuse = (condition: boolean, finding: string): string[] => (condition ? [finding] : []);
