export { checkManifests, manifestFolders, suiteIdentities } from './check-manifests.js';
export { type Manifest } from './manifest.js';
export { parseManifests, readManifests } from './read-manifests.js';
