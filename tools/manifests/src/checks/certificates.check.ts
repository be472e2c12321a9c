import { ofKind, title, type Manifest } from '../manifest.js';
import { environmentOf, workloads } from '../pods.js';

interface CertificateSpec {
  readonly secretName: string;
  readonly isCA?: boolean;
  readonly duration?: string;
  readonly renewBefore?: string;
  readonly uris?: readonly string[];
  readonly dnsNames?: readonly string[];
  readonly usages?: readonly string[];
  readonly issuerRef: { readonly name: string; readonly kind?: string };
}

/** More than this must always be left, in hours: 30 days. */
const LEAST_LEFT_HOURS = 720;

/** Every service has a certificate of the internal authority with its one identity and the names by which it is called. */
export function checkCertificates(
  manifests: readonly Manifest[],
  identities: Readonly<Record<string, string>>,
): string[] {
  const certificates = ofKind<CertificateSpec>(manifests, 'Certificate');
  const issuers = ofKind(manifests, 'Issuer').map(({ metadata }) => metadata.name);
  return [
    ...certificates
      .filter(({ spec }) => !issuers.includes(spec.issuerRef.name))
      .map((certificate) => `${title(certificate)}: there is no Issuer ${certificate.spec.issuerRef.name}.`),
    ...Object.entries(identities).flatMap(([name, identity]) => {
      const certificate = certificates.find(({ spec }) => spec.secretName === `${name}-tls`);
      if (!certificate) return [`No Certificate makes the Secret ${name}-tls.`];
      return certificateFindings(certificate.spec, identity, namesOf(manifests, name)).map(
        (finding) => `${title(certificate)}: ${finding}.`,
      );
    }),
  ];
}

function certificateFindings(spec: CertificateSpec, identity: string, names: readonly string[]): string[] {
  const uri = `spiffe://cryptoutil/${identity}`;
  return [
    ...refuse(spec.uris?.length !== 1 || spec.uris[0] !== uri, `its one URI is not ${uri}`),
    ...refuse(spec.isCA === true, 'it may sign others'),
    ...names.filter((name) => !spec.dnsNames?.includes(name)).map((name) => `it is not good for ${name}`),
    ...['server auth', 'client auth']
      .filter((usage) => !spec.usages?.includes(usage))
      .map((usage) => `it is not for ${usage}`),
    ...refuse(hours(spec.renewBefore) <= LEAST_LEFT_HOURS, 'it is renewed when 30 days or less are left'),
    ...refuse(hours(spec.duration) <= hours(spec.renewBefore), 'it ends before it is renewed'),
  ];
}

/** The names of a service in the cluster and on the outside. */
function namesOf(manifests: readonly Manifest[], name: string): string[] {
  const workload = workloads(manifests).find(({ manifest }) => manifest.metadata.name === name);
  const container = workload?.pod.containers[0]?.name;
  const publicUrl = workload && container && environmentOf(manifests, workload, container).CRYPTOUTIL_PUBLIC_URL;
  const namespace = workload?.manifest.metadata.namespace ?? '';
  return [name, `${name}.${namespace}.svc`, ...(publicUrl ? [new URL(publicUrl).hostname] : [])];
}

const hours = (duration = '0h'): number => Number(duration.replace(/h$/, ''));

const refuse = (condition: boolean, finding: string): string[] => (condition ? [finding] : []);
