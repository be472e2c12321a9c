export { freePort } from '@cryptoutil/database/embedded';
export { countStatements, type StatementCount } from './count-statements.js';
export { fixedClock, type FixedClock } from './fixed-clock.js';
export { temporaryDatabase, type TemporaryDatabase, type TemporaryDatabaseOptions } from './temporary-database.js';
export { ownTestPostgres, startTestPostgres, type OwnTestPostgres, type TestPostgres } from './test-postgres.js';
export { testPki, type TestPki } from './test-pki.js';
