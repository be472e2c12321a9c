import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import { clientAuthMethods } from '../clients/client.schema.js';

export const clientAuthAlgorithms = ['ES256', 'PS256', 'RS256', 'EdDSA', 'Ed25519'] as const;

/** Says that clients authenticate at every endpoint as at the token endpoint: left out, it would mean HTTP Basic alone (RFC 8414 §2). */
export const clientAuthMetadata = {
  introspection_endpoint_auth_methods_supported: clientAuthMethods.filter((method) => method !== 'none'),
  introspection_endpoint_auth_signing_alg_values_supported: clientAuthAlgorithms,
  revocation_endpoint_auth_methods_supported: clientAuthMethods,
  revocation_endpoint_auth_signing_alg_values_supported: clientAuthAlgorithms,
};

const longestLifeSeconds = 3_600;
const clockSkewSeconds = 10;

/**
 * A client assertion ends within an hour and was not made in the future (RFC 7523 §3). Each one is remembered until it ends, so its
 * end must be one that can be remembered.
 * @throws InvalidClientAuth
 */
export function assertFreshAssertion(_ctx: KoaContextWithOIDC, { exp, iat }: { exp?: unknown; iat?: unknown }): void {
  const nowSeconds = Math.floor(Date.now() / 1000);
  if (typeof exp !== 'number' || exp > nowSeconds + longestLifeSeconds + clockSkewSeconds)
    throw new errors.InvalidClientAuth('exp of the client assertion lies more than an hour ahead');
  if (typeof iat === 'number' && iat > nowSeconds + clockSkewSeconds)
    throw new errors.InvalidClientAuth('iat of the client assertion lies in the future');
}
