// Manifests that a cluster must refuse, each made from the shipped Deployment or Service by one mistake: one file a kind.
//   node bad-manifests.mjs <deployments/kubernetes> <folder>
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [from, to] = process.argv.slice(2);
const deployment = readFileSync(join(from, 'deployments/identity-rs.yaml'), 'utf8');
const service = readFileSync(join(from, 'services/identity-rs.yaml'), 'utf8');
const bad = {
  'unknown-field': deployment.replace('  revisionHistoryLimit: 5', '  revisionHistoryLimits: 5'),
  'wrong-type': deployment.replace('progressDeadlineSeconds: 300', 'progressDeadlineSeconds: soon'),
  'bad-name': deployment.replace('name: identity-rs', 'name: Identity_RS'),
  'selector-mismatch': deployment.replace(
    '    matchLabels:\n      app.kubernetes.io/name: identity-rs',
    '    matchLabels:\n      app.kubernetes.io/name: identity-other',
  ),
  'bad-quantity': deployment.replace(/memory: \d+Mi/, 'memory: lots'),
  'never-rolls': deployment.replace('maxSurge: 100%', 'maxSurge: 0'),
  'missing-volume': deployment.replace('- name: tls\n              mountPath', '- name: lost\n              mountPath'),
  'bad-port': service.replace(/port: \d+/, 'port: 70000'),
  'unknown-api': deployment.replace('apiVersion: apps/v1', 'apiVersion: extensions/v1beta1'),
};
mkdirSync(to, { recursive: true });
for (const [name, text] of Object.entries(bad)) {
  if (text === deployment || text === service)
    throw new Error(`${name}: the manifests have changed, and so must this.`);
  writeFileSync(join(to, `${name}.yaml`), text);
}
