export { authzSettings } from './config.js';
export { entities, migrations } from './database.js';
export { startAuthz } from './main.js';
