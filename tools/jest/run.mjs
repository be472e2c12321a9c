// Runs jest for the project in the working directory and leaves its result in test-results/<name of the package>.json,
// which is where nx looks for it ({projectName} in nx.json) when it restores the result of an unchanged project.
// A second try of some of its files (CRYPTOUTIL_TEST_TRY=2) leaves its own in test-results/second-try/.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const name = JSON.parse(readFileSync('package.json', 'utf8')).name;
const project = name.replace('@cryptoutil/', '');
const secondTry = process.env.CRYPTOUTIL_TEST_TRY === '2';
const results = join(root, 'test-results', secondTry ? 'second-try' : '');
mkdirSync(dirname(join(results, name)), { recursive: true });
const configFile = join(results, `${project}.jest.config.mjs`);
writeFileSync(
  configFile,
  `import { jestConfig } from ${JSON.stringify(join(root, 'tools/jest/preset.mjs'))};\nimport * as own from ${JSON.stringify(
    existsSync('jest.config.mjs') ? resolve('jest.config.mjs') : 'data:text/javascript,',
  )};\nexport default { ...jestConfig(${JSON.stringify(process.cwd())}, ${JSON.stringify(project)}), ...own.default };\n`,
);
const outcome = spawnSync(
  join(root, 'node_modules/.bin/node'),
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    `--import=${pathToFileURL(join(root, 'tools/jest/end-worker.mjs')).href}`,
    join(root, 'node_modules/jest/bin/jest.js'),
    '--config',
    configFile,
    '--passWithNoTests',
    '--json',
    '--outputFile',
    join(results, `${name}.json`),
    ...(process.env.CRYPTOUTIL_TEST_COVERAGE && !secondTry
      ? ['--coverage', '--coverageDirectory', join(root, 'coverage', name)]
      : []),
    ...process.argv.slice(2),
  ],
  { stdio: ['ignore', 'ignore', 'inherit'] },
);
process.exit(outcome.status ?? 1);
