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

const READ = ['GET', 'HEAD', 'OPTIONS'] as const;
const POST = ['OPTIONS', 'POST'] as const;
const BOTH = ['GET', 'HEAD', 'OPTIONS', 'POST'] as const;

const methods: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  [routes.authorization, BOTH],
  [routes.token, POST],
  [routes.userinfo, BOTH],
  [routes.introspection, POST],
  [routes.revocation, POST],
  [routes.jwks, READ],
  [routes.end_session, BOTH],
  ['/.well-known/openid-configuration', READ],
  ['/.well-known/oauth-authorization-server', READ],
]);

/** The methods that an endpoint serves; undefined for a path that is none. */
export const methodsOf = (path: string): readonly string[] | undefined => methods.get(path);

/** Whether browsers are sent there, and scripts of other origins have no business there (RFC 9700 §2.6). */
export const isForBrowsers = (path: string): boolean => path === routes.authorization || path === routes.end_session;
