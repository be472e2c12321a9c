import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { X509Certificate } from '@cryptoutil/crypto';
import { createAuthority, issueCertificate, type CertificateRequest, type IssuedCertificate } from '@cryptoutil/pki';
import { CommandFailure } from '../command-failure.js';
import { ensurePrivateFolder, writePrivateFile } from '../home/private-file.js';

/** Days an internal authority and the certificates it issues live by default. */
export const AUTHORITY_DAYS = 3650;
export const CERTIFICATE_DAYS = 397;

/** A certificate this close to its end is replaced at the next start. */
const RENEW_BEFORE_DAYS = 30;
const DAY_MS = 86_400_000;

/** Where a certificate and its private key lie. */
export interface CertificateFiles {
  readonly certFile: string;
  readonly keyFile: string;
}

/** The files of one name in a folder; `ca` is the authority's. */
export const certificateFiles = (folder: string, name: string): CertificateFiles => ({
  certFile: join(folder, `${name}.crt`),
  keyFile: join(folder, `${name}.key`),
});

/** The certificate of the internal authority, which is all that clients need to trust the suite. */
export const authorityFile = (folder: string): string => certificateFiles(folder, 'ca').certFile;

/** Creates the internal authority in a folder. Throws a `CommandFailure` when there is one already. */
export async function initAuthority(folder: string, days = AUTHORITY_DAYS): Promise<CertificateFiles> {
  const files = certificateFiles(folder, 'ca');
  if (existsSync(files.certFile))
    throw new CommandFailure(`There is an authority in ${folder} already; choose another folder.`);
  ensurePrivateFolder(folder);
  write(files, await createAuthority({ commonName: 'cryptoutil internal CA', days }));
  return files;
}

/** Issues a certificate of the authority in the folder; its files replace those of the same name. */
export async function issue(folder: string, name: string, request: CertificateRequest): Promise<CertificateFiles> {
  const authority = readAuthority(folder);
  const files = certificateFiles(folder, name);
  write(files, await issueCertificate(authority, request));
  return files;
}

/**
 * Makes sure that a folder holds an authority and a certificate for each internal identity, good for localhost. Those that are there
 * stay, unless they end within 30 days. Resolves to the identities that got a new one.
 */
export async function ensureCertificates(folder: string, identities: readonly string[]): Promise<string[]> {
  const anew = !existsSync(authorityFile(folder));
  if (anew) await initAuthority(folder);
  const wanted = identities.filter((name) => anew || endsSoon(certificateFiles(folder, name).certFile));
  for (const identity of wanted) {
    await issue(folder, identity, {
      identity,
      dnsNames: ['localhost'],
      ipAddresses: ['127.0.0.1', '::1'],
      days: CERTIFICATE_DAYS,
    });
  }
  return wanted;
}

function endsSoon(file: string): boolean {
  if (!existsSync(file)) return true;
  return new X509Certificate(readFileSync(file)).validToDate.getTime() - Date.now() < RENEW_BEFORE_DAYS * DAY_MS;
}

function readAuthority(folder: string): IssuedCertificate {
  const { certFile, keyFile } = certificateFiles(folder, 'ca');
  if (!existsSync(certFile) || !existsSync(keyFile)) {
    throw new CommandFailure(
      `There is no authority in ${folder}: create one with "cryptoutil pki init --folder ${folder}".`,
    );
  }
  return { certificatePem: readFileSync(certFile, 'utf8'), privateKeyPem: readFileSync(keyFile, 'utf8') };
}

/** The key goes first: a certificate on disk always has its key beside it. */
function write({ certFile, keyFile }: CertificateFiles, { certificatePem, privateKeyPem }: IssuedCertificate): void {
  writePrivateFile(keyFile, privateKeyPem);
  writePrivateFile(certFile, certificatePem);
}
