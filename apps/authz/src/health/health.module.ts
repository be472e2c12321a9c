import { databaseReady } from '@cryptoutil/database';
import { CheckFailed, HealthModule, type HealthCheck } from '@cryptoutil/http';
import { DataSource } from 'typeorm';
import { SigningKeys } from '../signing-keys/signing-keys.js';
import { SigningKeysModule } from '../signing-keys/signing-keys.module.js';

/** authz is well when it can store, and sign what it issues. */
export const authzHealth = HealthModule.forRootAsync({
  imports: [SigningKeysModule],
  inject: [DataSource, SigningKeys],
  useFactory: (dataSource: DataSource, keys: SigningKeys): HealthCheck[] => [
    { name: 'database', check: () => checkDatabase(dataSource) },
    { name: 'signing_key', check: () => keys.check() },
  ],
});

async function checkDatabase(dataSource: DataSource): Promise<void> {
  if (!(await databaseReady(dataSource))) throw new CheckFailed('unreachable');
}
