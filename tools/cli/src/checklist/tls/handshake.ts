import { readFileSync } from 'node:fs';
import { connect, type PeerCertificate, type SecureVersion } from 'node:tls';
import { X509Certificate } from '@cryptoutil/crypto';
import { lookupOf } from '../subject/connect.js';
import type { Subject } from '../subject/subject.js';

const WITHIN_MS = 5_000;
const DAY_MS = 86_400_000;

/** How a server introduced itself. */
export interface Handshake {
  /** Why a client would refuse it: `CERT_HAS_EXPIRED`, `ERR_TLS_CERT_ALTNAME_INVALID`, …; undefined when it would not. */
  readonly refusal: string | undefined;
  readonly protocol: string;
  readonly certificate: X509Certificate;
  readonly daysLeft: number;
}

/** A whole handshake that is not given up over the certificate, so that all that is wrong with it can be told. */
export function handshake(
  subject: Pick<Subject, 'trust' | 'connectTo'>,
  url: string,
  versions: { minVersion?: SecureVersion; maxVersion?: SecureVersion; ciphers?: string } = {},
): Promise<Handshake> {
  const { hostname, port } = new URL(url);
  return new Promise((settle, fail) => {
    const socket = connect({
      ...{ host: hostname, servername: hostname, port: Number(port || 443), lookup: lookupOf(subject) },
      ...versions,
      ca: readFileSync(subject.trust.caFile),
      rejectUnauthorized: false,
      timeout: WITHIN_MS,
    });
    socket.once('secureConnect', () => {
      const peer: PeerCertificate = socket.getPeerCertificate();
      const certificate = new X509Certificate(peer.raw);
      const refusal = socket.authorized ? undefined : codeOf(socket.authorizationError);
      socket.destroy();
      settle({
        ...{ refusal, certificate, protocol: socket.getProtocol() ?? 'unknown' },
        daysLeft: (certificate.validToDate.getTime() - Date.now()) / DAY_MS,
      });
    });
    socket.once('timeout', () => socket.destroy(new Error('no handshake within 5 s')));
    socket.once('error', fail);
  });
}

function codeOf(error: unknown): string {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : String(error);
}
