import { readFileSync } from 'node:fs';
import { X509Certificate } from '@cryptoutil/crypto';
import {
  certificateIdentity,
  issueCertificate,
  subjectAlternativeNames,
  type CertificateRequest,
  type IssuedCertificate,
} from '@cryptoutil/pki';
import { CommandFailure } from '../command-failure.js';
import { certificateFiles } from './certificate-files.js';
import { replacePair } from './pair-files.js';

/** The certificate of a name as it is now. Throws a `CommandFailure` when there is none. */
export function readLeaf(folder: string, name: string): X509Certificate {
  const { certFile } = certificateFiles(folder, name);
  try {
    return new X509Certificate(readFileSync(certFile));
  } catch {
    throw new CommandFailure(`There is no certificate of "${name}" in ${folder} (${certFile}).`);
  }
}

/** Issues a certificate with a new key, and with the identity and names of the one there is, and puts both in its place. */
export async function reissue(folder: string, name: string, authority: IssuedCertificate, days: number): Promise<void> {
  const request = { ...sameNames(name, readLeaf(folder, name)), days };
  replacePair(folder, name, await issueCertificate(authority, request));
}

function sameNames(name: string, certificate: X509Certificate): Omit<CertificateRequest, 'days'> {
  const names = subjectAlternativeNames(certificate.subjectAltName);
  if (!names) throw new CommandFailure(`The names in the certificate of "${name}" cannot be read; issue it anew.`);
  const of = (type: string) => names.filter((entry) => entry.type === type).map(({ value }) => value);
  const identity = certificateIdentity(certificate);
  return { ...(identity === undefined ? {} : { identity }), dnsNames: of('DNS'), ipAddresses: of('IP Address') };
}
