// Copies the manifests into a folder as a small Kubernetes 1.20 takes them, and changes nothing else:
// - API versions that it knows: what differs there is policy/v1, autoscaling/v2 and the CronJob of batch/v1;
// - a quarter of the requested cpu, so that two whole sets of pods fit on one node with two processors;
// - no telemetry of the services, since there is no image of a collector (that of the backup goes to what stands in for one);
// - kustomization.yaml without the kinds of cert-manager and of the Prometheus operator, and without the collector.
//   node to-1.20.mjs <deployments/kubernetes> <folder>
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [from, to] = process.argv.slice(2);
const older = { 'policy/v1': 'policy/v1beta1', 'autoscaling/v2': 'autoscaling/v2beta2' };

function document(text) {
  const version = /^kind: CronJob$/m.test(text) ? 'batch/v1beta1' : undefined;
  return text
    .replace(/^apiVersion: (\S+)$/m, (line, api) => `apiVersion: ${version ?? older[api] ?? api}`)
    .replace(/^( +requests:\n +cpu: )(\d+)m$/gm, (line, start, cpu) => `${start}${Math.floor(cpu / 4)}m`)
    .replace(/^( +OTEL_EXPORTER_OTLP_ENDPOINT: ).*$/m, "$1''");
}

for (const folder of ['namespace', 'configmaps', 'policies', 'services', 'jobs', 'deployments', 'backup', 'restore']) {
  mkdirSync(join(to, folder), { recursive: true });
  for (const name of readdirSync(join(from, folder)).filter((file) => file.endsWith('.yaml'))) {
    const text = readFileSync(join(from, folder, name), 'utf8');
    writeFileSync(join(to, folder, name), text.split(/^---$/m).map(document).join('---'));
  }
}
const whole = readFileSync(join(from, 'kustomization.yaml'), 'utf8');
writeFileSync(join(to, 'kustomization.yaml'), whole.replace(/^ {2}- (certificates|monitoring)\/.*\n/gm, ''));
