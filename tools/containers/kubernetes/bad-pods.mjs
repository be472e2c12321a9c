// Pods that the restricted profile must refuse, each made from the shipped pod of rs by one change: one file a kind.
//   node bad-pods.mjs <deployments/kubernetes> <folder>
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const [from, to] = process.argv.slice(2);
const text = readFileSync(join(from, 'deployments/identity-rs.yaml'), 'utf8');
const changes = {
  privileged: (_pod, container) => (container.securityContext = { privileged: true }),
  root: (pod) => Object.assign(pod.securityContext, { runAsNonRoot: false, runAsUser: 0 }),
  escalation: (_pod, container) => (container.securityContext.allowPrivilegeEscalation = true),
  'host-network': (pod) => (pod.hostNetwork = true),
  'host-path': (pod) => pod.volumes.push({ name: 'host', hostPath: { path: '/' } }),
  capability: (_pod, container) => (container.securityContext.capabilities = { drop: ['ALL'], add: ['SYS_ADMIN'] }),
  unconfined: (pod) => (pod.securityContext.seccompProfile = { type: 'Unconfined' }),
};
mkdirSync(to, { recursive: true });
for (const [name, change] of Object.entries(changes)) {
  const pod = parse(text).spec.template.spec;
  change(pod, pod.containers[0]);
  const metadata = { name: `bad-${name}`, namespace: 'cryptoutil-prod' };
  writeFileSync(join(to, `${name}.json`), JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata, spec: pod }));
}
