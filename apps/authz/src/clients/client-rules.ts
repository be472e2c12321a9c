import type Provider from 'oidc-provider';
import type { Client } from 'oidc-provider';
import type { ClientSecrets } from './client-secrets.js';
import { isRegisteredRedirect } from './redirect-uris.js';

interface ClientChecks {
  compareClientSecret(secret: string): boolean;
  redirectUriAllowed(uri: string): boolean;
  postLogoutRedirectUriAllowed(uri: string): boolean;
}

/** Replaces the library's comparisons by the suite's: secrets are stored as keyed hashes, redirects follow one strict rule. */
export function applyClientRules(provider: Provider, secrets: ClientSecrets): void {
  Object.assign(provider.Client.prototype, {
    compareClientSecret(this: Client, secret) {
      return this.clientSecret !== undefined && secrets.matches(this.clientId, secret, this.clientSecret);
    },
    redirectUriAllowed(this: Client, uri) {
      return isRegisteredRedirect(uri, this.redirectUris);
    },
    postLogoutRedirectUriAllowed(this: Client, uri) {
      return isRegisteredRedirect(uri, this.postLogoutRedirectUris);
    },
  } satisfies ClientChecks & ThisType<Client>);
}
