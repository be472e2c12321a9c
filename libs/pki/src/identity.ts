import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { X509Certificate } from '@cryptoutil/crypto';
import { subjectAlternativeNames } from './subject-alternative-names.js';

const TRUST_DOMAIN = 'spiffe://cryptoutil/';
const NAME = /^[a-z][a-z0-9-]{0,62}$/;

/** Whether a text can be the name of an internal identity (`authz`, `ops` …). */
export function isIdentityName(name: string): boolean {
  return NAME.test(name);
}

/** The URI that stands for an identity in a certificate: `spiffe://cryptoutil/<name>`. Throws `TypeError` for an impossible name. */
export function identityUri(name: string): string {
  if (!isIdentityName(name))
    throw new TypeError('An identity has 1 to 63 characters: a-z, 0-9 and -, beginning with a letter.');
  return TRUST_DOMAIN + name;
}

/**
 * The internal identity a certificate carries: the name of its one URI SAN. `undefined` when there is no URI SAN, more than one
 * (X.509-SVID §2 allows exactly one), or one of another trust domain. Says nothing about who issued the certificate.
 */
export function certificateIdentity(certificate: X509Certificate): string | undefined {
  const uris = subjectAlternativeNames(certificate.subjectAltName)?.filter(({ type }) => type === 'URI');
  const uri = uris?.length === 1 ? uris[0]!.value : undefined;
  if (!uri?.startsWith(TRUST_DOMAIN)) return undefined;
  const name = uri.slice(TRUST_DOMAIN.length);
  return isIdentityName(name) ? name : undefined;
}

interface Peer {
  identity: string;
  validUntil: number;
}

const peers = new WeakMap<TLSSocket, Peer>();

/**
 * The internal identity of the other side of a connection; `undefined` unless TLS verified its certificate against the internal CA
 * (`socket.authorized`), the certificate is still valid, and it carries exactly one identity. Read once per connection.
 */
export function peerIdentity(socket: Socket): string | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const peer = peers.get(socket) ?? readPeer(socket);
  // A kept-alive connection may outlive the certificate it was opened with.
  return peer && peer.validUntil > Date.now() ? peer.identity : undefined;
}

function readPeer(socket: TLSSocket): Peer | undefined {
  const certificate = socket.getPeerX509Certificate();
  const identity = certificate && certificateIdentity(certificate);
  if (!identity) return undefined;
  const peer = { identity, validUntil: certificate.validToDate.getTime() };
  peers.set(socket, peer);
  return peer;
}
