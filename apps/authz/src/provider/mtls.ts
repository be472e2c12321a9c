import { X509Certificate } from '@cryptoutil/crypto';
import { peerIdentity } from '@cryptoutil/pki';
import type { KoaContextWithOIDC } from 'oidc-provider';
import type { TLSSocket } from 'node:tls';

const socketOf = (ctx: KoaContextWithOIDC): TLSSocket => ctx.req.socket as TLSSocket;

/** Mutual TLS client authentication (RFC 8705 §2.1) by the URI identity of certificates of the internal CA. */
export const mutualTls = {
  enabled: true,
  tlsClientAuth: true,
  certificateBoundAccessTokens: false,
  selfSignedTlsClientAuth: false,
  getCertificate(ctx: KoaContextWithOIDC): string | undefined {
    const raw = socketOf(ctx).getPeerCertificate().raw as Buffer | undefined;
    return raw && new X509Certificate(raw).toString();
  },
  certificateAuthorized: (ctx: KoaContextWithOIDC): boolean => socketOf(ctx).authorized,
  certificateSubjectMatches(ctx: KoaContextWithOIDC, property: string, expected: string): boolean {
    const identity = peerIdentity(socketOf(ctx));
    return (
      property === 'tls_client_auth_san_uri' && identity !== undefined && expected === `spiffe://cryptoutil/${identity}`
    );
  },
};
