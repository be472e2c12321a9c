import type { Configuration } from 'oidc-provider';

/** Client metadata of the suite beyond RFC 7591: own applications need no consent; resource servers name themselves; tokens name tenants. */
export const extraClientMetadata: NonNullable<Configuration['extraClientMetadata']> = {
  properties: ['first_party', 'resource_indicator', 'allowed_scopes', 'tenant'],
};
