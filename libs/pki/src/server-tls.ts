import type { ServerOptions } from 'node:https';
import type { Server } from 'node:tls';
import type { CertificateStore } from './certificate-store.js';

/** TLS 1.2 suites with forward secrecy and authenticated encryption; the TLS 1.3 suites are all of that kind. */
const CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
].join(':');

/**
 * Options of an HTTPS listener: TLS 1.2 or newer; a client certificate is asked for but not demanded, so that browsers connect too.
 * Who connected is told by `peerIdentity`, which answers only for certificates of the internal authorities.
 */
export function serverTlsOptions(store: CertificateStore): ServerOptions {
  const { cert, key, ca } = store.current;
  return { cert, key, ca, minVersion: 'TLSv1.2', ciphers: CIPHERS, requestCert: true, rejectUnauthorized: false };
}

/** Gives new connections of a running server the store's new material; open connections go on. Returns the function that ends it. */
export function followCertificateChanges(server: Server, store: CertificateStore): () => void {
  return store.onChange(() => server.setSecureContext(serverTlsOptions(store)));
}
