export { rsScopes, rsSettings } from './config.js';
export { entities, migrations } from './database.js';
export { startRs } from './main.js';
