import { databaseReady } from '@cryptoutil/database';
import { CheckFailed, type HealthCheck } from '@cryptoutil/http';
import type { KmsClient } from '@cryptoutil/kms-client';
import type { AccessTokenVerifier } from '@cryptoutil/oauth';
import type { DataSource } from 'typeorm';

export interface Dependencies {
  dataSource: DataSource;
  kms: KmsClient;
  verifier: AccessTokenVerifier;
}

/**
 * What the resource server needs to serve: its database, an unsealed kms, and the issuer's keys. The keys have to have been read once;
 * with them it goes on while the issuer is away.
 */
export const healthChecks = ({ dataSource, kms, verifier }: Dependencies): HealthCheck[] => [
  {
    name: 'database',
    check: async () => {
      if (!(await databaseReady(dataSource))) throw new CheckFailed('unavailable');
    },
  },
  {
    name: 'kms',
    check: async () => {
      const { ready, status } = await kms.ready();
      // The word comes from a peer and goes out to anyone.
      if (!ready) throw new CheckFailed(/^[a-z_]{1,32}$/.test(status) ? status : 'unavailable');
    },
  },
  { name: 'jwks', check: () => verifier.ready() },
];
