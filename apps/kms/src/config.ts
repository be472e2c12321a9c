import { commaSeparated, filePath, integer, setting } from '@cryptoutil/config';
import { databaseSettings } from '@cryptoutil/database';
import { corsSettings, httpSettings } from '@cryptoutil/http';
import { oauthSettings } from '@cryptoutil/oauth';
import { tlsSettings } from '@cryptoutil/pki';
import { telemetrySettings } from '@cryptoutil/telemetry';
import { quotaSettings } from './quotas/quota-settings.js';

/** Every setting of the kms. */
export const kmsSettings = {
  http: httpSettings({ port: 9090 }),
  cors: corsSettings(),
  tls: tlsSettings(),
  database: databaseSettings({ name: 'cryptoutil_kms' }),
  oauth: oauthSettings(),
  telemetry: telemetrySettings(),
  quotas: quotaSettings(),
  unsealShareFiles: setting({
    variable: 'CRYPTOUTIL_UNSEAL_SHARE_FILES',
    description:
      'Files with one share each, from which the kms is unsealed at its start; any threshold-many good ones do',
    schema: commaSeparated,
    default: [],
  }),
  barrierAnchorFile: setting({
    variable: 'CRYPTOUTIL_BARRIER_ANCHOR_FILE',
    description:
      'File in which this replica remembers how far the database was, so that an older one is noticed when the kms is unsealed; its folder must be writable',
    schema: filePath.optional(),
  }),
  keyPoolDepth: setting({
    variable: 'CRYPTOUTIL_KEY_POOL_DEPTH',
    description: 'RSA keys of each size that are made in advance and wait in memory while the kms is unsealed; 0: none',
    schema: integer({ max: 100 }),
    default: 2,
  }),
  strangerEvents: setting({
    variable: 'CRYPTOUTIL_AUDIT_STRANGER_EVENTS',
    description:
      'Calls a minute of one network (address, IPv6: /64) without a good token or certificate that get an event each in the audit chain, of all networks 20 times as many; further ones are counted there, and are in the log',
    schema: integer({ min: 1, max: 1_000_000 }),
    default: 5,
  }),
};
