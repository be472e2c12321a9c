import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { X509Certificate } from '@cryptoutil/crypto';
import { isIdentityName } from '@cryptoutil/pki';
import { CommandFailure } from '../command-failure.js';
import { homeAt, homeFolder } from '../home/home.js';
import { initAuthority, issue, type CertificateFiles } from './certificate-files.js';

const pkiFolder = (folder: string | undefined): string => folder ?? homeAt(homeFolder()).pki;

export async function initPki({ folder, days }: { folder?: string; days: number }): Promise<void> {
  requireDays(days);
  printFiles(await initAuthority(pkiFolder(folder), days));
}

export async function issueIdentity(
  identity: string,
  { folder, dns, ip, days }: { folder?: string; dns: string[]; ip: string[]; days: number },
): Promise<void> {
  requireDays(days);
  if (!isIdentityName(identity)) throw new CommandFailure(`"${identity}" is no name of an identity.`);
  printFiles(await issue(pkiFolder(folder), identity, { identity, dnsNames: dns, ipAddresses: ip, days }));
}

/** Resolves to the exit code: 1 when a certificate has expired. */
export function pkiStatus({ folder }: { folder?: string }, now = new Date()): number {
  const from = pkiFolder(folder);
  const certificates = certificateNames(from).map((name) => ({
    name,
    certificate: new X509Certificate(readFileSync(join(from, name))),
  }));
  if (certificates.length === 0) throw new CommandFailure(`There are no certificates in ${from}.`);
  for (const { name, certificate } of certificates) {
    const ends = certificate.validToDate.toISOString().slice(0, 10);
    const state = certificate.validToDate < now ? 'expired' : 'until';
    console.log(`${name.padEnd(12)} ${state} ${ends}  ${certificate.subjectAltName ?? certificate.subject}`);
  }
  return certificates.some(({ certificate }) => certificate.validToDate < now) ? 1 : 0;
}

function certificateNames(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.crt'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

function requireDays(days: number): void {
  if (!Number.isInteger(days) || days < 1) throw new CommandFailure('--days must be a whole number of at least 1.');
}

function printFiles({ certFile, keyFile }: CertificateFiles): void {
  console.log(`${certFile}\n${keyFile}`);
}
