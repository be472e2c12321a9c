// What failed while other tests ran beside it gets a second try, alone. Both outcomes are told: a test that passes only alone is
// unsteady, which is a fault of the test or of what it tests, but none of the change at hand.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join, relative } from 'node:path';
import { workspaceRoot } from './workspace.mjs';

/** With more files than this failing, no neighbour is the reason. */
const MOST_FILES = 6;

/** The failures that a result of jest has, each as `<file>: <title>`; a suite that could not run has no title. */
export function failures(result, folder) {
  return failedSuites(result).flatMap((suite) => {
    const file = relative(folder, suite.name);
    const titles = suite.assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName);
    return titles.length > 0 ? titles.map((title) => `${file}: ${title}`) : [`${file}: could not run`];
  });
}

/** The result with its failed suites replaced by those of the second try, and counted anew. */
export function withSecondTry(result, second) {
  const again = new Map(second.testResults.map((suite) => [suite.name, suite]));
  const testResults = result.testResults.map((suite) => again.get(suite.name) ?? suite);
  const tests = testResults.flatMap((suite) => suite.assertionResults);
  const count = (...statuses) => tests.filter(({ status }) => statuses.includes(status)).length;
  const failed = failedSuites({ testResults });
  return {
    ...result,
    testResults,
    success: failed.length === 0,
    numPassedTests: count('passed'),
    numFailedTests: count('failed'),
    numPendingTests: count('pending', 'skipped', 'disabled'),
    numTodoTests: count('todo'),
    numFailedTestSuites: failed.length,
    numRuntimeErrorTestSuites: failed.filter(({ assertionResults }) => assertionResults.length === 0).length,
  };
}

/**
 * Runs the failed files of the projects once more, one after the other, and puts the outcome into their results.
 * Returns one line for each failure: `FAILED <project> <file>: <title>`, or `UNSTEADY …` when it passed alone.
 */
export function tryAgain(projects, { results, env }) {
  const failed = projects
    .map((project) => ({ ...project, file: join(results, `${project.name}.json`) }))
    .map((project) => ({ ...project, first: readResult(project.file) }))
    .filter(({ first }) => first !== undefined && failedSuites(first).length > 0);
  const few = failed.reduce((sum, { first }) => sum + failedSuites(first).length, 0) <= MOST_FILES;
  return failed.flatMap(({ name, folder, file, first }) => {
    const outcome = few ? runAlone({ name, folder, first }, { results, env }) : first;
    if (outcome !== first) writeFileSync(file, JSON.stringify(outcome));
    const still = new Set(failures(outcome, folder));
    const before = failures(first, folder);
    return [...new Set([...still, ...before])].map(
      (failure) => `${still.has(failure) ? 'FAILED' : 'UNSTEADY'} ${name} ${failure}`,
    );
  });
}

function runAlone({ name, folder, first }, { results, env }) {
  const files = failedSuites(first).map((suite) => suite.name);
  console.log(`A second time, alone: ${name} ${files.map((file) => relative(folder, file)).join(' ')}`);
  spawnSync(
    process.execPath,
    [join(workspaceRoot, 'tools/jest/run.mjs'), '--runInBand', '--runTestsByPath', ...files],
    {
      cwd: folder,
      stdio: 'inherit',
      env: {
        ...process.env,
        ...env,
        CRYPTOUTIL_TEST_TRY: '2',
        PATH: [join(workspaceRoot, 'node_modules/.bin'), process.env.PATH].join(delimiter),
      },
    },
  );
  const second = readResult(join(results, 'second-try', `${name}.json`));
  return second === undefined ? first : withSecondTry(first, second);
}

const failedSuites = ({ testResults }) => testResults.filter(({ status }) => status === 'failed');

function readResult(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
