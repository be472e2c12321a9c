// The restricted profile of the Pod Security Standards (1.28), which Kubernetes 1.20 cannot enforce itself. Reads what kubectl prints as
// JSON, prints one line a violation, and exits with 1 when there is one, or nothing to look at.
//   kubectl get pods -o json | node restricted.mjs
import { readFileSync } from 'node:fs';

const volumes = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'persistentVolumeClaim',
  'projected',
  'secret',
];
const seccomp = ['RuntimeDefault', 'Localhost'];
const list = JSON.parse(readFileSync(0, 'utf8'));

const podOf = ({ spec }) => spec.jobTemplate?.spec.template.spec ?? spec.template?.spec ?? spec;

function* violations(pod) {
  const outer = pod.securityContext ?? {};
  if (pod.hostNetwork || pod.hostPID || pod.hostIPC) yield 'shares a namespace of the host';
  if (outer.sysctls?.length) yield 'sets sysctls';
  for (const volume of pod.volumes ?? [])
    if (!volumes.some((kind) => volume[kind])) yield `volume ${volume.name} is of a kind that is not allowed`;
  for (const container of [...(pod.initContainers ?? []), ...pod.containers]) {
    const inner = container.securityContext ?? {};
    const says = (what) => `container ${container.name} ${what}`;
    if (inner.privileged) yield says('is privileged');
    if (inner.allowPrivilegeEscalation !== false) yield says('may gain privileges');
    if ((inner.runAsNonRoot ?? outer.runAsNonRoot) !== true) yield says('may run as root');
    if ((inner.runAsUser ?? outer.runAsUser) === 0) yield says('runs as user 0');
    if (!seccomp.includes((inner.seccompProfile ?? outer.seccompProfile)?.type)) yield says('has no seccomp profile');
    if (!inner.capabilities?.drop?.includes('ALL')) yield says('keeps capabilities');
    if (inner.capabilities?.add?.some((name) => name !== 'NET_BIND_SERVICE')) yield says('adds capabilities');
    if ((inner.procMount ?? 'Default') !== 'Default') yield says('sees an unmasked /proc');
    if (container.ports?.some(({ hostPort }) => hostPort)) yield says('takes a port of the host');
  }
}

const objects = list.items ?? [list];
let found = 0;
for (const object of objects) {
  for (const violation of violations(podOf(object))) {
    console.log(`${object.kind} ${object.metadata.name}: ${violation}`);
    found += 1;
  }
}
console.log(`${found} violations in ${objects.length} objects`);
process.exit(found === 0 && objects.length > 0 ? 0 : 1);
