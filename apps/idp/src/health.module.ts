import { databaseReady } from '@cryptoutil/database';
import { CheckFailed, HealthModule, type HealthCheck } from '@cryptoutil/http';
import { DataSource } from 'typeorm';

/** idp is well when it can reach its database. */
export const idpHealth = HealthModule.forRootAsync({
  inject: [DataSource],
  useFactory: (dataSource: DataSource): HealthCheck[] => [
    {
      name: 'database',
      check: async () => {
        if (!(await databaseReady(dataSource))) throw new CheckFailed('unreachable');
      },
    },
  ],
});
