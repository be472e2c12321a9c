import type { Access } from '../access/declarations.js';
import type { OpenApiOAuth } from './serve-openapi.js';

export interface SecurityScheme {
  type: string;
  [member: string]: unknown;
}

/** The ways in that the document offers: the authorization server when there is one, any bearer token, an internal client certificate. */
export function oauthSchemes(oauth: OpenApiOAuth | undefined): Record<string, SecurityScheme> {
  return {
    ...(oauth ? { oauth2: codeFlow(oauth) } : {}),
    bearer: { type: 'http', scheme: 'bearer', description: 'An access token (RFC 6750)' },
    mutualTLS: { type: 'mutualTLS', description: 'A client certificate of the internal authority' },
  };
}

function codeFlow(oauth: OpenApiOAuth): SecurityScheme {
  const authorizationCode = {
    authorizationUrl: oauth.authorizationUrl ?? `${oauth.issuer}/oauth2/v1/authorize`,
    tokenUrl: oauth.tokenUrl ?? `${oauth.issuer}/oauth2/v1/token`,
    scopes: oauth.scopes,
  };
  return { type: 'oauth2', description: 'Authorization code with PKCE', flows: { authorizationCode } };
}

/** Security requirements of a route; each entry of the list is one way that suffices (OpenAPI 3.1 §4.8.30). */
export function securityOf(access: Access | undefined, withOAuth: boolean): Record<string, string[]>[] {
  const byScope = (scopes: readonly string[]) => [
    ...(withOAuth ? scopes.map((scope) => ({ oauth2: [scope] })) : []),
    ...scopes.map((scope) => ({ bearer: [scope] })),
  ];
  const byCertificate = (identities: readonly string[]) => [{ mutualTLS: [...identities] }];
  switch (access?.kind) {
    case 'token':
      return [...(withOAuth ? [{ oauth2: [] }] : []), { bearer: [] }];
    case 'scope':
      return byScope(access.scopes);
    case 'identity':
      return byCertificate(access.identities);
    case 'scope-or-identity':
      return [...byScope(access.scopes), ...byCertificate(access.identities)];
    case 'public':
    case undefined:
      return [];
  }
}
