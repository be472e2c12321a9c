// Prints what the Certificates of a folder ask for, one a line: identity, Secret, names.
//   node certificates.mjs <deployments/kubernetes/certificates>
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';

const [folder] = process.argv.slice(2);
for (const file of readdirSync(folder)) {
  for (const document of parseAllDocuments(readFileSync(join(folder, file), 'utf8'))) {
    const { kind, spec } = document.toJS();
    if (kind !== 'Certificate' || !spec.uris) continue;
    console.log(spec.uris[0].replace('spiffe://cryptoutil/', ''), spec.secretName, spec.dnsNames.join(' '));
  }
}
