import { httpsBaseUrl, secretFile, setting } from '@cryptoutil/config';
import { databaseSettings } from '@cryptoutil/database';
import { httpSettings } from '@cryptoutil/http';
import { tlsSettings } from '@cryptoutil/pki';
import { telemetrySettings } from '@cryptoutil/telemetry';
import { gatewaySettings } from './gateway/gateway.settings.js';

/** Everything authz reads from its environment. */
export const authzSettings = {
  http: httpSettings({ port: 8080 }),
  tls: tlsSettings(),
  database: databaseSettings({ name: 'cryptoutil_authz' }),
  telemetry: telemetrySettings(),
  gateway: gatewaySettings(),
  authz: {
    issuer: setting({
      variable: 'CRYPTOUTIL_ISSUER',
      schema: httpsBaseUrl,
      default: 'https://localhost:8080',
      description: 'Issuer identifier; the origin that clients and browsers reach authz at.',
    }),
    idpUrl: setting({
      variable: 'CRYPTOUTIL_IDP_URL',
      schema: httpsBaseUrl,
      default: 'https://localhost:8081',
      description: 'Where people sign in; also the mTLS peer that knows the accounts.',
    }),
    rsUrl: setting({
      variable: 'CRYPTOUTIL_RS_URL',
      schema: httpsBaseUrl,
      default: 'https://localhost:8082',
      description: 'Resource indicator and audience of the resource server (RFC 8707).',
    }),
    kmsUrl: setting({
      variable: 'CRYPTOUTIL_KMS_URL',
      schema: httpsBaseUrl,
      default: 'https://localhost:9090',
      description: 'Key service that signs; also its resource indicator and audience.',
    }),
    tokenHashKey: secretFile({
      variable: 'CRYPTOUTIL_TOKEN_HASH_KEY_FILE',
      minBytes: 32,
      description: 'Key under which tokens, codes and client secrets are hashed before they are stored.',
    }),
    cookieKey: secretFile({
      variable: 'CRYPTOUTIL_COOKIE_KEY_FILE',
      minBytes: 32,
      description: 'Key that signs the cookies of authz.',
    }),
  },
};
