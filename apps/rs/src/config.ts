import { httpsBaseUrl, setting } from '@cryptoutil/config';
import { databaseSettings } from '@cryptoutil/database';
import { corsSettings, httpSettings } from '@cryptoutil/http';
import { oauthSettings } from '@cryptoutil/oauth';
import { tlsSettings } from '@cryptoutil/pki';
import { telemetrySettings } from '@cryptoutil/telemetry';

/** Every setting of the resource server. */
export const rsSettings = {
  http: httpSettings({ port: 8082 }),
  cors: corsSettings(),
  tls: tlsSettings(),
  telemetry: telemetrySettings(),
  database: databaseSettings({ name: 'cryptoutil_rs' }),
  oauth: oauthSettings(),
  kms: {
    url: setting({
      variable: 'CRYPTOUTIL_KMS_URL',
      description: 'Base URL of the key service that encrypts secret notes',
      schema: httpsBaseUrl,
      default: 'https://localhost:9090',
    }),
  },
};

/** The scopes of this service and what each lets a client do. */
export const rsScopes = {
  'read:resource': 'Read your resources',
  'write:resource': 'Add resources',
  'delete:resource': 'Delete your resources',
  admin: 'See the figures of the resource server',
} as const;
