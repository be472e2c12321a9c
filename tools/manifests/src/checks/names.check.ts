import { ofKind, title, type Manifest } from '../manifest.js';
import { workloads } from '../pods.js';

const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
/** A tag that stays what it is: a version, or a digest. */
const PINNED = /(:v?\d+\.\d[\w.-]*|@sha256:[0-9a-f]{64})$/;

/** Every object has a name of its own in the suite's namespace, and every image a version. */
export function checkNames(manifests: readonly Manifest[]): string[] {
  const namespaces = ofKind(manifests, 'Namespace').map(({ metadata }) => metadata.name);
  const seen = new Set<string>();
  return manifests
    .flatMap((manifest) => {
      const { name, namespace } = manifest.metadata;
      const findings: string[] = [];
      const key = `${manifest.kind} ${namespace}/${name}`;
      if (seen.has(key)) findings.push('is there twice');
      seen.add(key);
      if (!DNS_LABEL.test(name)) findings.push('has a name that is no DNS label');
      if (manifest.kind !== 'Namespace' && !namespaces.includes(namespace ?? '')) {
        findings.push(`is in the namespace ${namespace ?? '(none)'}, which is not declared`);
      }
      return findings.map((finding) => `${title(manifest)} ${finding}.`);
    })
    .concat(checkImages(manifests));
}

function checkImages(manifests: readonly Manifest[]): string[] {
  return workloads(manifests).flatMap(({ manifest, pod }) =>
    [...(pod.initContainers ?? []), ...pod.containers]
      .filter(({ image }) => !PINNED.test(image))
      .map(({ image }) => `${title(manifest)}: the image ${image} is not pinned to a version.`),
  );
}
