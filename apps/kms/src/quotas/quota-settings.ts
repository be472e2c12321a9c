import { integer, setting } from '@cryptoutil/config';

/** How much one tenant and one caller may have and ask. */
export interface Quotas {
  keysPerTenant: number;
  versionsPerKey: number;
  /** Requests a second of one caller (client and subject) to one process. */
  callerRequestsPerSecond: number;
  /** Requests a second of all callers of a tenant to one process. */
  tenantRequestsPerSecond: number;
}

const quota = (variable: string, description: string, otherwise: number) =>
  setting({ variable, description, schema: integer({ min: 1, max: 1_000_000_000 }), default: otherwise });

/** The settings of quotas. The rates default to more than one process serves: nobody is slowed down until somebody decides so. */
export const quotaSettings = () => ({
  keysPerTenant: quota(
    'CRYPTOUTIL_QUOTA_KEYS_PER_TENANT',
    'Most elastic keys of one tenant; destroyed ones do not count',
    10_000,
  ),
  versionsPerKey: quota(
    'CRYPTOUTIL_QUOTA_VERSIONS_PER_KEY',
    'Most versions of one elastic key; destroyed ones do not count',
    1_000,
  ),
  callerRequestsPerSecond: quota(
    'CRYPTOUTIL_QUOTA_CALLER_RPS',
    'Requests a second of one caller (client and subject) that one process serves; a batch is one request',
    10_000,
  ),
  tenantRequestsPerSecond: quota(
    'CRYPTOUTIL_QUOTA_TENANT_RPS',
    'Requests a second of all callers of one tenant that one process serves',
    20_000,
  ),
});
