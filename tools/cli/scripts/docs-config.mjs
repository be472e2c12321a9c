// npm run docs:config: writes docs/config from the settings that the services declare. Needs the built packages.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { workspaceRoot } from './workspace.mjs';

const { configReference } = await import('../dist/services/config-reference.js');
const folder = join(workspaceRoot, 'docs/config');
mkdirSync(folder, { recursive: true });
for (const [file, page] of configReference()) writeFileSync(join(folder, file), page);
