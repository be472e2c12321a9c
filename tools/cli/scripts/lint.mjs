// npm run lint: the types and the rules of the whole workspace, specs included, as one program each. `nx lint <project>` does the same
// for one project; for all of them that would read what they share again for each.
import { runProgram } from './workspace.mjs';

const onLine = (line) => console.log(line);
const codes = await Promise.all([
  runProgram(['node_modules/typescript/bin/tsc', '-p', 'tsconfig.spec.json'], { onLine }),
  runProgram(['node_modules/eslint/bin/eslint.js', '--max-warnings=0', '.'], {
    onLine,
    env: { NX_DAEMON: 'false' },
  }),
]);
process.exit(Math.max(...codes));
