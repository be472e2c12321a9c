export { kmsSettings } from './config.js';
export { entities, migrations } from './database.js';
export { type RunningKms, startKms } from './main.js';
