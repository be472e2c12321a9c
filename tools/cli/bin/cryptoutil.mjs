#!/usr/bin/env node
// The `cryptoutil` command. Everything else is loaded on demand, so that a service loads no more than itself.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeProblem } from '../scripts/check-node.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '../../..');
const ownNode = join(root, 'node_modules/.bin/node');
const main = new URL('../dist/main.js', import.meta.url);

if (nodeProblem() !== undefined) {
  // Called by hand, with the Node of the machine: go on with the one npm installed.
  if (!existsSync(ownNode) || process.env.CRYPTOUTIL_REEXECUTED) {
    console.error(nodeProblem());
    process.exit(1);
  }
  const child = spawn(ownNode, process.argv.slice(1), {
    stdio: 'inherit',
    env: { ...process.env, CRYPTOUTIL_REEXECUTED: '1' },
  });
  // A terminal sends Ctrl-C to both; what was sent to this process alone has to be passed on.
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  const [code] = await once(child, 'exit');
  process.exit(code ?? 1);
}
delete process.env.CRYPTOUTIL_REEXECUTED;
if (!existsSync(main)) {
  console.error('cryptoutil is not built yet: run "npm run build" once.');
  process.exit(1);
}
// Compiled code is kept beside the packages, where nobody else may write, and saves half a second of every start.
nodeModule.enableCompileCache(join(root, 'node_modules/.cache/cryptoutil'));
const { runCommandLine } = await import(main.href);
await runCommandLine(process.argv);
