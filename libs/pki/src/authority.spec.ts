import { beforeAll, describe, expect, test } from '@jest/globals';
import { createPrivateKey, X509Certificate } from '@cryptoutil/crypto';
import { createAuthority, issueCertificate, type IssuedCertificate } from './authority.js';
import { certificateIdentity } from './identity.js';

let root: IssuedCertificate;
let ca: X509Certificate;
beforeAll(async () => {
  root = await createAuthority({ commonName: 'cryptoutil internal', days: 30 });
  ca = new X509Certificate(root.certificatePem);
});

describe('createAuthority', () => {
  test('makes a self-signed ECDSA P-256 authority', () => {
    expect(ca.ca).toBe(true);
    expect(ca.subject).toBe('CN=cryptoutil internal');
    expect(ca.checkIssued(ca)).toBe(true);
    expect(ca.verify(ca.publicKey)).toBe(true);
    expect(ca.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
    expect(ca.checkPrivateKey(createPrivateKey(root.privateKeyPem))).toBe(true);
  });

  test('takes a common name literally, even one that looks like more', async () => {
    const odd = await createAuthority({ commonName: 'a, O=b+CN=c', days: 1 });
    expect(new X509Certificate(odd.certificatePem).toLegacyObject().subject).toMatchObject({ CN: 'a, O=b+CN=c' });
  });
});

describe('issueCertificate', () => {
  test('issues a certificate for both ends of TLS with the identity as its URI SAN', async () => {
    const issued = await issueCertificate(root, {
      identity: 'kms',
      dnsNames: ['localhost', 'kms.internal'],
      ipAddresses: ['127.0.0.1', '::1'],
      days: 10,
    });
    const certificate = new X509Certificate(issued.certificatePem);
    expect(certificate.verify(ca.publicKey)).toBe(true);
    expect(certificate.checkIssued(ca)).toBe(true);
    expect(certificate.ca).toBe(false);
    expect(certificate.checkPrivateKey(createPrivateKey(issued.privateKeyPem))).toBe(true);
    expect(certificateIdentity(certificate)).toBe('kms');
    expect(certificate.checkHost('kms.internal')).toBe('kms.internal');
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
    // serverAuth and clientAuth (RFC 5280 §4.2.1.12)
    expect(certificate.keyUsage?.sort()).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
    expect(issued.privateKeyPem).toContain('BEGIN PRIVATE KEY');
  });

  test('begins five minutes ago and never ends after its authority', async () => {
    const { certificatePem } = await issueCertificate(root, { identity: 'kms', days: 3650 });
    const certificate = new X509Certificate(certificatePem);
    expect(certificate.validToDate).toEqual(ca.validToDate);
    expect(certificate.validFromDate.getTime()).toBeLessThan(Date.now() - 4 * 60_000);
  });

  test('gives each certificate its own positive serial number of at most 20 octets (RFC 5280 §4.1.2.2)', async () => {
    const issued = await Promise.all([1, 2, 3].map(() => issueCertificate(root, { identity: 'kms', days: 1 })));
    const serials = issued.map(({ certificatePem }) => new X509Certificate(certificatePem).serialNumber);
    expect(new Set(serials).size).toBe(3);
    for (const serial of serials) expect(serial).toMatch(/^[4-7][\dA-F]{31}$/);
  });

  test('may leave the identity out: such a certificate serves, and calls nobody', async () => {
    const named = new X509Certificate(
      (await issueCertificate(root, { dnsNames: ['localhost'], days: 1 })).certificatePem,
    );
    expect(named.subject).toBe('CN=localhost');
    expect(certificateIdentity(named)).toBeUndefined();
    const bare = new X509Certificate(
      (await issueCertificate(root, { ipAddresses: ['127.0.0.1'], days: 1 })).certificatePem,
    );
    expect(bare.subject).toBe('CN=cryptoutil');
  });

  test('refuses an identity that is no name', async () => {
    await expect(issueCertificate(root, { identity: 'ops, URI:x', days: 1 })).rejects.toThrow(TypeError);
  });
});
