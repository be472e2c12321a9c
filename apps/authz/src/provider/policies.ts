import type { Client, Configuration, KoaContextWithOIDC } from 'oidc-provider';
import { errors } from 'oidc-provider';
import type { ResourceServers } from './scopes.js';

/** Authentication context class of a password alone: NIST SP 800-63B-4 authenticator assurance level 1. */
export const passwordAcr = 'urn:cryptoutil:aal:1';

/** The context class that authz itself gives to the methods idp reports (RFC 8176); idp never names one. */
export const acrOf = (_amr: readonly string[]): string => passwordAcr;

/** RFC 8707: one audience per token, never wider than what the client is registered for. */
export function resourceIndicatorPolicy(servers: ResourceServers) {
  return {
    enabled: true,
    defaultResource(ctx: KoaContextWithOIDC, _client: Client, oneOf?: string | string[]) {
      if (oneOf !== undefined) return oneOf;
      const scope = ctx.oidc.params?.['scope'];
      return (typeof scope === 'string' ? servers.impliedBy(scope.split(' ')) : undefined) as string;
    },
    // With several granted and none named, the token request gets what needs no resource rather than a guess.
    useGrantedResource: (_ctx: KoaContextWithOIDC, { resource }: { resource?: string | string[] }) =>
      [resource ?? []].flat().length === 1,
    getResourceServerInfo(_ctx: KoaContextWithOIDC, resource: string, client: Client) {
      const scopes = servers.scopesFor(resource, client['allowed_scopes']);
      if (!scopes) throw new errors.InvalidTarget('unknown resource');
      return {
        scope: scopes.join(' '),
        // The one spelling that the resource server compares with, whatever slash the request ended in.
        audience: resource.replace(/\/$/, ''),
        accessTokenFormat: 'jwt' as const,
        jwt: { sign: { alg: 'ES256' as const } },
      };
    },
  };
}

/**
 * Who may ask about a token: the client it was issued to, or a confidential client that is registered as a resource
 * server and, for a token with an audience, is that audience (RFC 7662 §4).
 */
export function mayIntrospect(
  client: Client,
  token: { kind?: string; clientId?: string; aud?: string | string[] },
): boolean {
  if (client.clientAuthMethod === 'none') return false;
  if (token.clientId === client.clientId) return true;
  // A refresh token is between its client and authz; no resource server has business with it.
  if (token.kind === 'RefreshToken') return false;
  const resource = client['resource_indicator'];
  if (typeof resource !== 'string') return false;
  return token.aud === undefined || [token.aud].flat().includes(resource);
}

/** Browser calls are allowed from the origins a public client is registered with; never to authorize (RFC 9700 §2.6). */
export function corsAllowed(_ctx: KoaContextWithOIDC, origin: string, client: Client): boolean {
  if (client.clientAuthMethod !== 'none') return false;
  return (client.redirectUris ?? []).some((uri) => URL.parse(uri)?.origin === origin);
}

export const rotateRefreshToken: NonNullable<Configuration['rotateRefreshToken']> = (ctx) =>
  // Sender-constrained refresh tokens do not rotate (FAPI 2.0 §5.3.2.1, architecture decision 4).
  !ctx.oidc.entities.RefreshToken?.isSenderConstrained();
