/** Where the protocol's endpoints live; both discovery documents stay at their well-known paths. */
export const routes = {
  authorization: '/oauth2/v1/authorize',
  token: '/oauth2/v1/token',
  userinfo: '/oauth2/v1/userinfo',
  introspection: '/oauth2/v1/introspect',
  revocation: '/oauth2/v1/revoke',
  jwks: '/oauth2/v1/jwks',
  end_session: '/oauth2/v1/logout',
};

/** Whether oidc-provider, and not a controller, answers a path. */
export const isProtocolPath = (path: string): boolean =>
  path.startsWith('/oauth2/v1/') ||
  path === '/.well-known/openid-configuration' ||
  path === '/.well-known/oauth-authorization-server';
