import type { RequestedScopes } from '../interaction/answer.js';

/** What a consent page says about a scope. */
const descriptions: Record<string, string> = {
  openid: 'Know who you are when you sign in',
  profile: 'See your name and user name',
  email: 'See your e-mail address',
  offline_access: 'Stay connected when you are not using it',
  'read:resource': 'Read your resources',
  'write:resource': 'Create and change your resources',
  'delete:resource': 'Delete your resources',
  admin: 'See the metrics of the resource server',
  'authz:admin': 'Administer the authorization server',
  'kms:admin': 'Administer the key service',
  'kms:read': 'List your keys',
  'kms:write': 'Create and change your keys',
  'kms:encrypt': 'Encrypt with your keys',
  'kms:decrypt': 'Decrypt with your keys',
  'kms:sign': 'Sign with your keys',
  'kms:verify': 'Verify signatures with your keys',
  'kms:wrap': 'Wrap keys with your keys',
  'kms:unwrap': 'Unwrap keys with your keys',
  'kms:generate': 'Generate keys and random data',
};

const resourceScopes = ['read:resource', 'write:resource', 'delete:resource'];
const kmsScopes = Object.keys(descriptions).filter((scope) => scope.startsWith('kms:'));

/** Scopes that an access token without a resource may carry; they are what `scopes_supported` names. */
export const openScopes = ['openid', 'profile', 'email', 'offline_access', ...resourceScopes];

export const describeScope = (scope: string): string => descriptions[scope] ?? scope;

/** The resource servers of the suite: resource indicator (RFC 8707) → the scopes it knows. */
export class ResourceServers {
  private readonly scopesOf: ReadonlyMap<string, readonly string[]>;

  constructor(urls: { issuer: string; rsUrl: string; kmsUrl: string }) {
    this.scopesOf = new Map([
      [urls.rsUrl, [...resourceScopes, 'admin']],
      [urls.kmsUrl, kmsScopes],
      [urls.issuer, ['authz:admin']],
    ]);
  }

  /** Scopes of `resource` that a client with these `allowed_scopes` may have; undefined for an unknown resource. */
  scopesFor(resource: string, allowedScopes: unknown): string[] | undefined {
    const known = this.scopesOf.get(resource.replace(/\/$/, ''));
    if (!known) return undefined;
    const allowed = new Set(typeof allowedScopes === 'string' ? allowedScopes.split(' ') : []);
    return known.filter((scope) => allowed.has(scope));
  }

  /**
   * The one resource that a request without `resource` can only mean: its scopes belong to a single resource server and
   * none of them may be carried by a token without one. Undefined otherwise.
   */
  impliedBy(scopes: readonly string[]): string | undefined {
    if (scopes.length === 0 || scopes.some((scope) => openScopes.includes(scope))) return undefined;
    for (const [resource, known] of this.scopesOf) if (scopes.every((scope) => known.includes(scope))) return resource;
    return undefined;
  }

  /** Splits the scopes of an authorization request by where they apply. */
  split(scope: string | undefined, resources: readonly string[], allowedScopes: unknown): RequestedScopes {
    const scopes = [...new Set(scope?.split(' ') ?? [])];
    return {
      openid: scopes.filter((name) => openScopes.includes(name)),
      resources: Object.fromEntries(
        resources.map((resource) => {
          const allowed = this.scopesFor(resource, allowedScopes) ?? [];
          return [resource, scopes.filter((name) => allowed.includes(name))];
        }),
      ),
    };
  }
}
