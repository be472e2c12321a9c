import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { createPrivateKey, sha256, X509Certificate } from '@cryptoutil/crypto';
import { certificatesOf } from './certificates.js';

/** Paths of the three PEM files. */
export interface TlsFiles {
  certFile: string;
  keyFile: string;
  caFile: string;
}

/** What node:tls wants, PEM: certificate chain, private key, trusted authorities. */
export interface TlsMaterial {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** Should be reported, never ignored: the files cannot be used together as they are. The message names the file, never its content. */
export class TlsMaterialUnusable extends Error {
  override readonly name = 'TlsMaterialUnusable';
}

/**
 * Reads the three files and proves that they fit together. Throws `TlsMaterialUnusable` with one sentence. Whoever replaces a
 * certificate and its key may do so between two of our readings: what does not fit is read once more.
 */
export async function readTlsMaterial(files: TlsFiles): Promise<TlsMaterial> {
  try {
    return await readOnce(files);
  } catch (error) {
    if (!(error instanceof TlsMaterialUnusable)) throw error;
    return await readOnce(files);
  }
}

async function readOnce({ certFile, keyFile, caFile }: TlsFiles): Promise<TlsMaterial> {
  const [cert, key, ca] = await Promise.all([certFile, keyFile, caFile].map(readPem));
  const material = { cert: cert!, key: key!, ca: ca! };
  const certificate = parsed(certFile, 'certificate', () => new X509Certificate(material.cert));
  const privateKey = parsed(keyFile, 'private key', () => createPrivateKey(material.key));
  const authorities = parsed(caFile, 'certificate', () => certificatesOf(material.ca));
  if (authorities.length === 0) throw new TlsMaterialUnusable(`The file ${caFile} holds no usable certificate.`);
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new TlsMaterialUnusable(`The private key in ${keyFile} does not belong to the certificate in ${certFile}.`);
  }
  requireInForce(certificate, certFile);
  parsed(certFile, 'certificate chain', () => createSecureContext(material));
  return material;
}

function requireInForce({ validFromDate, validToDate }: X509Certificate, certFile: string): void {
  const now = Date.now();
  if (validToDate.getTime() <= now) {
    throw new TlsMaterialUnusable(`The certificate in ${certFile} expired on ${validToDate.toISOString()}.`);
  }
  if (validFromDate.getTime() > now) {
    throw new TlsMaterialUnusable(`The certificate in ${certFile} is not valid before ${validFromDate.toISOString()}.`);
  }
}

/** Changes exactly when one of the three contents changes. */
export function materialFingerprint({ cert, key, ca }: TlsMaterial): string {
  return sha256(JSON.stringify([cert, key, ca])).toString('hex');
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const cause = (error as NodeJS.ErrnoException).code ?? 'error';
    throw new TlsMaterialUnusable(`The file ${path} cannot be read (${cause}).`);
  }
}

function parsed<T>(path: string, what: string, parse: () => T): T {
  try {
    return parse();
  } catch {
    throw new TlsMaterialUnusable(`The file ${path} holds no usable ${what}.`);
  }
}
