import type { JsonGeneralNames, X509Certificate } from '@peculiar/x509';
import { createPrivateKey, randomBytes, webcrypto } from '@cryptoutil/crypto';
import { identityUri } from './identity.js';

const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
// The library is typed against the browser's Web Crypto, which Node implements and types a little differently.
const webCrypto = webcrypto as unknown as Crypto;
const { subtle } = webCrypto;
const DAY_MS = 86_400_000;
/** Certificates begin this much in the past, so that a clock a little behind accepts them. */
const BACKDATE_MS = 5 * 60_000;

/** A certificate and its private key (PKCS#8), both PEM. Keep the key in a file of mode 0600. */
export interface IssuedCertificate {
  certificatePem: string;
  privateKeyPem: string;
}

export interface AuthorityOptions {
  commonName: string;
  /** Days from now until it expires. */
  days: number;
}

/** Creates a self-signed certificate authority (ECDSA P-256) that may sign end-entity certificates only (path length 0, RFC 5280 §4.2.1.9). */
export async function createAuthority({ commonName, days }: AuthorityOptions): Promise<IssuedCertificate> {
  const x509 = await library();
  const keys = await subtle.generateKey(ECDSA, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serialNumber(),
    name: [{ CN: [commonName] }],
    ...validity(days),
    keys,
    signingAlgorithm: ECDSA,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return issued(certificate, keys.privateKey);
}

export interface CertificateRequest {
  /** Name of the internal identity, without `spiffe://…`; none for a certificate that only serves. */
  identity?: string;
  dnsNames?: string[];
  ipAddresses?: string[];
  /** Days from now until it expires; never later than the authority itself. */
  days: number;
}

/** Issues an ECDSA P-256 certificate for both ends of TLS (serverAuth and clientAuth), with the identity as its one URI SAN. */
export async function issueCertificate(
  authority: IssuedCertificate,
  request: CertificateRequest,
): Promise<IssuedCertificate> {
  const x509 = await library();
  const issuer = new x509.X509Certificate(authority.certificatePem);
  const keys = await subtle.generateKey(ECDSA, true, ['sign', 'verify']);
  const { notBefore, notAfter } = validity(request.days);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: [{ CN: [request.identity ?? request.dnsNames?.[0] ?? 'cryptoutil'] }],
    issuer: issuer.subjectName,
    notBefore,
    notAfter: notAfter < issuer.notAfter ? notAfter : issuer.notAfter,
    publicKey: keys.publicKey,
    signingKey: await signingKey(authority.privateKeyPem),
    signingAlgorithm: ECDSA,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
      new x509.SubjectAlternativeNameExtension(names(request)),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
    ],
  });
  return issued(certificate, keys.privateKey);
}

// Loaded on demand: running services only read certificates and should not pay for the library that makes them.
async function library(): Promise<typeof import('@peculiar/x509')> {
  await import('reflect-metadata');
  const x509 = await import('@peculiar/x509');
  x509.cryptoProvider.set(webCrypto);
  return x509;
}

function validity(days: number): { notBefore: Date; notAfter: Date } {
  const now = Date.now();
  return { notBefore: new Date(now - BACKDATE_MS), notAfter: new Date(now + days * DAY_MS) };
}

/** 127 random bits: positive, never zero, within 20 octets (RFC 5280 §4.1.2.2). */
function serialNumber(): string {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x3f) | 0x40;
  return bytes.toString('hex');
}

function names({ identity, dnsNames = [], ipAddresses = [] }: CertificateRequest): JsonGeneralNames {
  return [
    ...(identity === undefined ? [] : [{ type: 'url' as const, value: identityUri(identity) }]),
    ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
    ...ipAddresses.map((value) => ({ type: 'ip' as const, value })),
  ];
}

function signingKey(privateKeyPem: string): Promise<CryptoKey> {
  const pkcs8 = createPrivateKey(privateKeyPem).export({ type: 'pkcs8', format: 'der' });
  return subtle.importKey('pkcs8', pkcs8, ECDSA, false, ['sign']);
}

async function issued(certificate: X509Certificate, privateKey: CryptoKey): Promise<IssuedCertificate> {
  const pkcs8 = Buffer.from(await subtle.exportKey('pkcs8', privateKey));
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  return {
    certificatePem: `${certificate.toString('pem').trim()}\n`,
    privateKeyPem: key.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
