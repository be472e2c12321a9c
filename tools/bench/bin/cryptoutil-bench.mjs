#!/usr/bin/env node
// The `cryptoutil-bench` command: npx cryptoutil-bench --help
import { existsSync } from 'node:fs';
import { nodeProblem } from '../../cli/scripts/check-node.mjs';

const main = new URL('../dist/main.js', import.meta.url);
const problem =
  nodeProblem() ?? (existsSync(main) ? undefined : 'cryptoutil-bench is not built yet: run "npm run build" once.');
if (problem !== undefined) {
  console.error(problem);
  process.exit(1);
}
await import(main.href);
