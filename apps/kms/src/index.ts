export { kmsSettings } from './config.js';
export { entities, migrations } from './database.js';
export { type RunningKms, startKms } from './main.js';
export { kmsPosition, type KmsPosition } from './recovery/kms-position.js';
export { NotOpened, openEveryRow, type OpenedRows } from './recovery/open-every-row.js';
