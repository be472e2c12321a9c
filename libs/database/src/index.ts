export {
  createDataSource,
  type DatabaseSchema,
  type DataSourceExtras,
  type EntityClass,
  type MigrationClass,
} from './data-source.js';
export { DatabaseModule, type DatabaseModuleOptions } from './database.module.js';
export { migrate, pendingMigrations } from './migrate.js';
export { databaseSettings, type DatabaseSettings } from './settings.js';
export { inTransaction, type IsolationLevel } from './transaction.js';
export { databaseReady, isDatabaseUnavailable } from './unavailable.js';
export { isUnstorableText } from './unstorable.js';
