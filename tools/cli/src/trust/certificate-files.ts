import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { X509Certificate } from '@cryptoutil/crypto';
import { createAuthority, issueCertificate, type CertificateRequest } from '@cryptoutil/pki';
import { CommandFailure } from '../command-failure.js';
import { ensurePrivateFolder, writePrivateFile } from '../home/private-file.js';
import { publishBundle, readAuthority } from './authority-files.js';
import { ownAsFolder, replacePair } from './pair-files.js';

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

/** The certificates of the internal authorities, which is all that clients need to trust the suite. */
export const authorityFile = (folder: string): string => certificateFiles(folder, 'ca').certFile;

/** Creates the internal authority in a folder. Throws a `CommandFailure` when there is one already. */
export async function initAuthority(folder: string, days = AUTHORITY_DAYS): Promise<CertificateFiles> {
  const files = certificateFiles(folder, 'ca');
  if (existsSync(files.certFile))
    throw new CommandFailure(`There is an authority in ${folder} already; choose another folder.`);
  ensurePrivateFolder(folder);
  const { certificatePem, privateKeyPem } = await createAuthority({ commonName: 'cryptoutil internal CA', days });
  writePrivateFile(files.keyFile, privateKeyPem);
  ownAsFolder(folder, files.keyFile);
  publishBundle(folder, certificatePem);
  return files;
}

/** Issues a certificate of the authority in the folder; its files replace those of the same name, both at once. */
export async function issue(folder: string, name: string, request: CertificateRequest): Promise<CertificateFiles> {
  replacePair(folder, name, await issueCertificate(readAuthority(folder), request));
  return certificateFiles(folder, name);
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
