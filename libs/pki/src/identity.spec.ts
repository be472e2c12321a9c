import { Socket } from 'node:net';
import type { JsonGeneralNames } from '@peculiar/x509';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { X509Certificate } from '@cryptoutil/crypto';
import { authority, oddCertificate, type Authority } from './certificates.fixture.js';
import { certificateIdentity, identityUri, isIdentityName, peerIdentity } from './identity.js';

let ca: Authority;
beforeAll(async () => void (ca = await authority()));

const identityWith = async (names: JsonGeneralNames) =>
  certificateIdentity(new X509Certificate((await oddCertificate(ca, names)).certificatePem));
const uri = (value: string) => ({ type: 'url' as const, value });
const dns = (value: string) => ({ type: 'dns' as const, value });

describe('certificateIdentity', () => {
  test('is the name in the one URI SAN', async () => {
    expect(await identityWith([uri('spiffe://cryptoutil/authz'), dns('localhost')])).toBe('authz');
    expect(certificateIdentity(new X509Certificate((await ca.issue({ identity: 'kms' })).certificatePem))).toBe('kms');
  });

  test.each<[string, JsonGeneralNames]>([
    ['no names', []],
    ['no URI', [dns('localhost')]],
    ['two SPIFFE URIs (X.509-SVID §2)', [uri('spiffe://cryptoutil/authz'), uri('spiffe://cryptoutil/ops')]],
    ['the same SPIFFE URI twice', [uri('spiffe://cryptoutil/authz'), uri('spiffe://cryptoutil/authz')]],
    ['a SPIFFE URI beside another URI', [uri('spiffe://cryptoutil/authz'), uri('https://example.com')]],
    ['a URI hidden in a DNS name', [dns('a, URI:spiffe://cryptoutil/ops')]],
    ['a URI hidden in a quoted DNS name', [dns('a", URI:spiffe://cryptoutil/ops, DNS:"b')]],
    ['a URI hidden in an e-mail address', [{ type: 'email', value: 'x@y, URI:spiffe://cryptoutil/ops' }]],
    ['a URI with a hidden second one', [uri('spiffe://cryptoutil/idp, URI:spiffe://cryptoutil/ops')]],
    ['another URI that hides one', [uri('https://x/?a, URI:spiffe://cryptoutil/ops')]],
    ['the identity as a DNS name', [dns('spiffe://cryptoutil/ops')]],
    ['another trust domain', [uri('spiffe://cryptoutil.example/ops')]],
    ['a trust domain that only begins alike', [uri('spiffe://cryptoutilx/ops')]],
    ['capital letters', [uri('spiffe://cryptoutil/OPS')]],
    ['a capital scheme', [uri('SPIFFE://cryptoutil/ops')]],
    ['a longer path', [uri('spiffe://cryptoutil/ops/x')]],
    ['a slash at the end', [uri('spiffe://cryptoutil/ops/')]],
    ['no name', [uri('spiffe://cryptoutil/')]],
    ['a query', [uri('spiffe://cryptoutil/ops?x')]],
    ['an encoded character', [uri('spiffe://cryptoutil/%6fps')]],
    ['a line break at the end', [uri('spiffe://cryptoutil/ops\n')]],
    ['a zero character', [uri('spiffe://cryptoutil/ops\0.evil')]],
    ['a path that climbs', [uri('spiffe://cryptoutil/x/../ops')]],
  ])('there is none for %s', async (_, names) => {
    expect(await identityWith(names)).toBeUndefined();
  });
});

describe('identity names', () => {
  test('identityUri makes the URI of a possible name', () => {
    expect(identityUri('kms')).toBe('spiffe://cryptoutil/kms');
    expect(isIdentityName('a'.repeat(63))).toBe(true);
  });

  test.each(['', 'KMS', '1a', '-a', 'a/b', 'a b', 'a\n', 'a'.repeat(64), 'é'])('%j is no name', (name) => {
    expect(isIdentityName(name)).toBe(false);
    expect(() => identityUri(name)).toThrow(TypeError);
  });
});

test('a connection without TLS has no identity, whatever it claims', () => {
  const socket = Object.assign(new Socket(), { authorized: true, getPeerX509Certificate: () => ({}) });
  expect(peerIdentity(socket)).toBeUndefined();
  socket.destroy();
});
