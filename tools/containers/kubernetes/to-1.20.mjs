// Copies the manifests into a folder, with API versions that Kubernetes 1.20 knows. What differs there: policy/v1 and autoscaling/v2.
//   node to-1.20.mjs <deployments/kubernetes> <folder>
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [from, to] = process.argv.slice(2);
const older = { 'policy/v1': 'policy/v1beta1', 'autoscaling/v2': 'autoscaling/v2beta2', 'batch/v1': 'batch/v1' };

for (const folder of ['namespace', 'configmaps', 'policies', 'services', 'jobs', 'deployments']) {
  mkdirSync(join(to, folder), { recursive: true });
  for (const name of readdirSync(join(from, folder)).filter((file) => file.endsWith('.yaml'))) {
    const text = readFileSync(join(from, folder, name), 'utf8');
    const documents = text.split(/^---$/m).map((document) => {
      const version = /^kind: CronJob$/m.test(document) ? 'batch/v1beta1' : undefined;
      return document.replace(/^apiVersion: (\S+)$/m, (line, api) => `apiVersion: ${version ?? older[api] ?? api}`);
    });
    writeFileSync(join(to, folder, name), documents.join('---'));
  }
}
