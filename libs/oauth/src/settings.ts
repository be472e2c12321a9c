import { httpsBaseUrl, setting } from '@cryptoutil/config';

/** Settings of a service that accepts access tokens: `issuer`, the https URL of the authorization server. Read as authz reads its own, so that a trailing slash does not part them. */
export const oauthSettings = () => ({
  issuer: setting({
    variable: 'CRYPTOUTIL_ISSUER',
    schema: httpsBaseUrl,
    description: 'Issuer identifier of the authorization server whose access tokens are accepted',
    default: 'https://localhost:8080',
  }),
});
