export { idpSettings } from './config.js';
export { entities, migrations } from './database.js';
export { startIdp } from './main.js';
