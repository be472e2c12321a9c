import type { AccessToken, ClientCredentials, Configuration, KoaContextWithOIDC } from 'oidc-provider';

/** Claims by the scope that asks for them (OpenID Connect Core §5.4). */
export const claims: NonNullable<Configuration['claims']> = {
  openid: ['sub', 'acr', 'amr', 'auth_time'],
  profile: ['name', 'preferred_username', 'updated_at'],
  email: ['email', 'email_verified'],
  sid: null,
  iss: null,
};

/** What resource servers learn beyond RFC 9068: whose data it is about, as the client is registered, and how the person signed in. */
export function extraTokenClaims(ctx: KoaContextWithOIDC, token: AccessToken | ClientCredentials) {
  const tenant = token.client?.['tenant'] as string | undefined;
  const claims = { ...(tenant !== undefined && { tenant }), ...(token.kind === 'AccessToken' && signIn(ctx)) };
  return Object.keys(claims).length > 0 ? claims : undefined;
}

/** For resource servers that demand it (RFC 9068 §2.2.1, RFC 9470). */
function signIn(ctx: KoaContextWithOIDC) {
  const source = ctx.oidc.entities.AuthorizationCode ?? ctx.oidc.entities.RefreshToken;
  if (!source) return undefined;
  const { acr, amr, authTime } = source as { acr?: string; amr?: string[]; authTime?: number };
  return { ...(acr && { acr }), ...(amr && { amr }), ...(authTime && { auth_time: authTime }) };
}
