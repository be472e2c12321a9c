import 'reflect-metadata';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';
import * as x509 from '@peculiar/x509';
import { webcrypto } from '@cryptoutil/crypto';
import { createAuthority, issueCertificate, type CertificateRequest, type IssuedCertificate } from './authority.js';
import type { TlsFiles } from './tls-material.js';

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const provider = webcrypto as unknown as Crypto;

const folders: string[] = [];
afterAll(() => Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true }))));

export interface Authority extends IssuedCertificate {
  issue(request?: Partial<CertificateRequest>): Promise<IssuedCertificate>;
}

export async function authority(): Promise<Authority> {
  const issuer = await createAuthority({ commonName: 'test', days: 2 });
  return {
    ...issuer,
    issue: (request = {}) =>
      issueCertificate(issuer, { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'], days: 1, ...request }),
  };
}

/** A certificate of the authority with exactly these alternative names and purposes, however odd. */
export async function oddCertificate(
  issuer: IssuedCertificate,
  names: x509.JsonGeneralNames,
  {
    purposes = [x509.ExtendedKeyUsage.clientAuth],
    validForMs = 60_000,
    validInMs = -120_000,
  }: { purposes?: string[]; validForMs?: number; validInMs?: number } = {},
): Promise<IssuedCertificate> {
  x509.cryptoProvider.set(provider);
  const keys = await provider.subtle.generateKey(ECDSA, true, ['sign', 'verify']);
  const signingKey = await provider.subtle.importKey(
    'pkcs8',
    x509.PemConverter.decodeFirst(issuer.privateKeyPem),
    ECDSA,
    false,
    ['sign'],
  );
  const certificate = await x509.X509CertificateGenerator.create({
    subject: 'CN=odd',
    issuer: new x509.X509Certificate(issuer.certificatePem).subjectName,
    notBefore: new Date(Date.now() + validInMs),
    notAfter: new Date(Date.now() + validForMs),
    publicKey: keys.publicKey,
    signingKey,
    signingAlgorithm: ECDSA,
    extensions: [
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      new x509.ExtendedKeyUsageExtension(purposes),
    ],
  });
  const pkcs8 = await provider.subtle.exportKey('pkcs8', keys.privateKey);
  return { certificatePem: certificate.toString('pem'), privateKeyPem: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY') };
}

/** The three files in a new temporary folder. */
export async function filesOf(issued: IssuedCertificate, ca: string): Promise<TlsFiles> {
  const folder = await mkdtemp(join(tmpdir(), 'cryptoutil-tls-'));
  folders.push(folder);
  const files = {
    certFile: join(folder, 'cert.pem'),
    keyFile: join(folder, 'key.pem'),
    caFile: join(folder, 'ca.pem'),
  };
  await writeFile(files.caFile, ca);
  await replaceFiles(files, issued);
  return files;
}

/** Replaces certificate and key the way certificate tools do: written beside, then renamed. */
export async function replaceFiles({ certFile, keyFile }: TlsFiles, issued: IssuedCertificate): Promise<void> {
  for (const [file, content] of [
    [certFile, issued.certificatePem],
    [keyFile, issued.privateKeyPem],
  ] as const) {
    await writeFile(`${file}.new`, content);
    await rename(`${file}.new`, file);
  }
}
