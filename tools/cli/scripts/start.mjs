// npm start: the right Node, a current build, then `cryptoutil up` in this very process.
import { checkNode } from './check-node.mjs';

checkNode();
const { buildPackage } = await import('./build.mjs');
const report = process.stdout.isTTY
  ? (line) => process.stdout.write(`\r\x1b[2K${line}`)
  : (line) => process.stdout.write(`${line}\n`);
const built = await buildPackage('@cryptoutil/cli', { report });
if (process.stdout.isTTY) process.stdout.write('\r\x1b[2K');
if (!built) process.exit(1);
process.argv.splice(2, 0, 'up');
await import('../bin/cryptoutil.mjs');
