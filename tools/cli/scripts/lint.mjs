// npm run lint: the types and the rules of the whole workspace, specs included, as one program each. `nx lint <project>` does the same
// for one project; for all of them that would read what they share again for each.
import { runNx, runProgram } from './workspace.mjs';

// The rule on who may import whom reads the graph that nx keeps. Without one it is skipped with a warning, which must not pass.
const SKIPPED = 'The rule will be skipped.';
let skipped = false;
const onLine = (line) => {
  if (!line.includes(SKIPPED)) console.log(line);
  else if (!skipped) {
    skipped = true;
    console.error(`eslint: ${line}`);
  }
};

const graph = await runNx(['show', 'projects'], { onLine: () => undefined });
const codes = await Promise.all([
  runProgram(['node_modules/typescript/bin/tsc', '-p', 'tsconfig.spec.json'], { onLine }),
  runProgram(['node_modules/eslint/bin/eslint.js', '--max-warnings=0', '.'], { onLine, env: { NX_DAEMON: 'false' } }),
]);
process.exit(skipped ? 1 : Math.max(graph, ...codes));
