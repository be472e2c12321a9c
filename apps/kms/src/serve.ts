import { runMain } from '@cryptoutil/http';
import { startKms } from './main.js';

await runMain('kms', () => startKms());
