import type { AccessToken, ClientCredentials, Configuration, KoaContextWithOIDC } from 'oidc-provider';

/** Claims by the scope that asks for them (OpenID Connect Core §5.4). */
export const claims: NonNullable<Configuration['claims']> = {
  openid: ['sub', 'acr', 'amr', 'auth_time'],
  profile: ['name', 'preferred_username', 'updated_at'],
  email: ['email', 'email_verified'],
  sid: null,
  iss: null,
};

/** How and when the person signed in, for resource servers that demand it (RFC 9068 §2.2.1, RFC 9470). */
export function extraTokenClaims(ctx: KoaContextWithOIDC, token: AccessToken | ClientCredentials) {
  if (token.kind !== 'AccessToken') return undefined;
  const source = ctx.oidc.entities.AuthorizationCode ?? ctx.oidc.entities.RefreshToken;
  if (!source) return undefined;
  const { acr, amr, authTime } = source as { acr?: string; amr?: string[]; authTime?: number };
  return { ...(acr && { acr }), ...(amr && { amr }), ...(authTime && { auth_time: authTime }) };
}
