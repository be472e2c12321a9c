import { X509Certificate } from '@cryptoutil/crypto';
import { certificatesOf, issuerOf } from './certificates.js';
import { certificateIdentity } from './identity.js';
import { subjectAlternativeNames } from './subject-alternative-names.js';
import { TlsMaterialUnusable, type TlsFiles, type TlsMaterial } from './tls-material.js';

/**
 * Refuses material that would cut a running service off: a certificate that is somebody else's, that lost a name by which the service
 * is called, or that none of the authorities beside it has signed. Throws `TlsMaterialUnusable`; a restart takes such files as they are.
 */
export function requireSuccessor(current: TlsMaterial, next: TlsMaterial, { certFile, caFile }: TlsFiles): void {
  const [before, after] = [new X509Certificate(current.cert), new X509Certificate(next.cert)];
  const identity = certificateIdentity(before);
  if (certificateIdentity(after) !== identity) {
    throw new TlsMaterialUnusable(
      `The certificate in ${certFile} does not carry the identity ${identity ?? '(none)'} of the one in use.`,
    );
  }
  const names = new Set(namesOf(after));
  const lost = namesOf(before).filter((name) => !names.has(name));
  if (lost.length > 0) {
    throw new TlsMaterialUnusable(
      `The certificate in ${certFile} lacks names of the one in use (${lost.join(', ')}); restart to go on without them.`,
    );
  }
  if (issuerOf(before, certificatesOf(current.ca)) && !issuerOf(after, certificatesOf(next.ca))) {
    throw new TlsMaterialUnusable(`The certificate in ${certFile} was not issued by any authority in ${caFile}.`);
  }
}

const namesOf = (certificate: X509Certificate): string[] =>
  (subjectAlternativeNames(certificate.subjectAltName) ?? []).map(({ type, value }) => `${type}:${value}`);
