import type { Secret } from '@cryptoutil/crypto';

/** What the provider needs of the configuration. */
export class ProviderSettings {
  constructor(
    readonly issuer: string,
    readonly idpUrl: string,
    readonly rsUrl: string,
    readonly kmsUrl: string,
    readonly cookieKey: Secret,
    /** Key under which client secrets are hashed. */
    readonly clientSecretHash: Secret,
  ) {}
}
