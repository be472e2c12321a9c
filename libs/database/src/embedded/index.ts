export { startEmbeddedPostgres, type EmbeddedPostgres, type EmbeddedPostgresOptions } from './embedded-postgres.js';
export { PortTaken } from './server-process.js';
export { unprivileged } from './data-directory.js';
export { enterableByOthers, reachableByOthers } from './reachable.js';
export { freePort } from './free-port.js';
