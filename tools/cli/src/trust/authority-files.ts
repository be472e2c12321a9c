import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createPrivateKey, type X509Certificate } from '@cryptoutil/crypto';
import { certificatesOf, type IssuedCertificate } from '@cryptoutil/pki';
import { CommandFailure } from '../command-failure.js';
import { replacePublicFile } from './pair-files.js';

const bundleFile = (folder: string): string => join(folder, 'ca.crt');
const keyFile = (folder: string): string => join(folder, 'ca.key');

/** The authorities that the folder tells everybody to trust. Throws a `CommandFailure` when there is none. */
export function readBundle(folder: string): X509Certificate[] {
  if (!existsSync(bundleFile(folder))) throw noAuthority(folder);
  return certificatesOf(readFileSync(bundleFile(folder), 'utf8'));
}

/** Tells everybody to trust these authorities (PEM): in `trust/ca.crt`, to which `ca.crt` leads. */
export function publishBundle(folder: string, pem: string): void {
  replacePublicFile(folder, 'trust', 'ca.crt', pem);
}

/** The authority that issues: of those in the bundle the one to which the private key belongs. */
export function readAuthority(folder: string): IssuedCertificate {
  if (!existsSync(keyFile(folder))) throw noAuthority(folder);
  const privateKeyPem = readFileSync(keyFile(folder), 'utf8');
  const key = createPrivateKey(privateKeyPem);
  const certificate = readBundle(folder).find((authority) => authority.checkPrivateKey(key));
  if (!certificate) {
    throw new CommandFailure(`The key in ${keyFile(folder)} belongs to no authority in ${bundleFile(folder)}.`);
  }
  return { certificatePem: pemOf([certificate]), privateKeyPem };
}

/** Names of files of the authority itself, which no identity can have. */
export const RESERVED_NAMES: readonly string[] = ['ca', 'ca-next', 'trust'];

/** The names of the certificates that authorities of the folder have issued, sorted. Throws a `CommandFailure` when there is no folder. */
export function leafNames(folder: string): string[] {
  if (!existsSync(folder)) throw noAuthority(folder);
  return readdirSync(folder)
    .filter((name) => name.endsWith('.crt'))
    .map((name) => name.slice(0, -'.crt'.length))
    .filter((name) => !RESERVED_NAMES.includes(name))
    .sort();
}

export const pemOf = (certificates: readonly X509Certificate[]): string =>
  certificates.map((certificate) => certificate.toString()).join('');

const noAuthority = (folder: string): CommandFailure =>
  new CommandFailure(`There is no authority in ${folder}: create one with "cryptoutil pki init --folder ${folder}".`);
