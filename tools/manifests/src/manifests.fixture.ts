import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { secretManifest, suiteSecrets } from '@cryptoutil/cli';
import { manifestFolders } from './check-manifests.js';
import type { Manifest } from './manifest.js';
import { parseManifests, readManifests } from './read-manifests.js';

/** The root of the checkout. */
export const workspace = resolve(fileURLToPath(new URL('../../..', import.meta.url)));

export const kubernetesFolder = join(workspace, 'deployments/kubernetes');

/** What the folders hold, with secrets as `cryptoutil kubernetes secrets` makes them. */
export function suiteManifests(): Manifest[] {
  const folders = manifestFolders.filter((folder) => folder !== 'secrets');
  return [...readManifests(kubernetesFolder, folders), ...generatedSecrets()];
}

export const generatedSecrets = (): Manifest[] =>
  suiteSecrets('cryptoutil-prod').flatMap((secret) =>
    parseManifests(secretManifest(secret), `secrets/${secret.name}.yaml`),
  );

/** A temporary folder for one spec file. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'cryptoutil-manifests-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
