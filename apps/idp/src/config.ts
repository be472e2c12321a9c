import { httpsBaseUrl, secretFile, setting } from '@cryptoutil/config';
import { databaseSettings } from '@cryptoutil/database';
import { httpSettings } from '@cryptoutil/http';
import { tlsSettings } from '@cryptoutil/pki';
import { telemetrySettings } from '@cryptoutil/telemetry';

/** Everything idp reads from its environment. */
export const idpSettings = {
  http: httpSettings({ port: 8081 }),
  tls: tlsSettings(),
  database: databaseSettings({ name: 'cryptoutil_idp' }),
  telemetry: telemetrySettings(),
  authorizationServer: {
    url: setting({
      variable: 'CRYPTOUTIL_AUTHZ_URL',
      schema: httpsBaseUrl,
      default: 'https://localhost:8080',
      description: 'Where authz is reached over mTLS',
    }),
    publicUrl: setting({
      variable: 'CRYPTOUTIL_ISSUER',
      schema: httpsBaseUrl,
      defaultFrom: (other) => String(other('CRYPTOUTIL_AUTHZ_URL')),
      defaultText: 'CRYPTOUTIL_AUTHZ_URL',
      description: 'What browsers know authz as; they are sent nowhere else after signing in',
    }),
  },
  sessionKey: secretFile({
    variable: 'CRYPTOUTIL_SESSION_KEY_FILE',
    minBytes: 32,
    description: 'Key under which session ids are hashed and forms and known browsers are authenticated',
  }),
};
