// npm test: every test of every project, on real PostgreSQL and a real Chromium, closed by one line that sums them up.
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { buildAll } from './build.mjs';
import { checkNode } from './check-node.mjs';
import { ensureChromium } from './chromium.mjs';
import { clearResults, sumLine, sumResults } from './results.mjs';
import { tryAgain } from './second-try.mjs';
import { runNx, workspacePackages, workspaceRoot } from './workspace.mjs';

checkNode();

const unknown = process.argv.slice(2).filter((argument) => argument !== '--coverage' && argument !== '--e2e');
if (unknown.length > 0) {
  console.error(
    `npm test knows only the options --coverage and --e2e (the end-to-end tests alone), not ${unknown.join(' ')}.`,
  );
  process.exit(1);
}
const coverage = process.argv.includes('--coverage');
const endToEnd = '@cryptoutil/e2e';
const projects = process.argv.includes('--e2e') ? [endToEnd] : [...workspacePackages().keys()].sort();
const results = join(workspaceRoot, 'test-results');
const say = (line) => console.log(line);

mkdirSync(results, { recursive: true });
clearResults(results);

let ok = true;
let failures = [];
try {
  const browser = await ensureChromium({ report: say });
  say(`Chromium: ${browser.file} (${browser.origin})`);
  say('Building …');
  ok = await buildAll({ report: () => undefined });
  if (ok) {
    const env = coverage ? { CRYPTOUTIL_TEST_COVERAGE: '1' } : {};
    const withBrowser = { ...env, CRYPTOUTIL_CHROMIUM: browser.file };
    say('Testing …');
    // Coverage is no input of the cached result, and the end-to-end tests depend on the built processes: both run anew.
    const fresh = coverage ? ['--skip-nx-cache'] : [];
    const units = projects.filter((name) => name !== endToEnd);
    if (units.length > 0) ok = await test(['run-many', '-t', 'test', '-p', units.join(','), ...fresh], env);
    ok = (await test(['run-many', '-t', 'test', '-p', endToEnd, '--skip-nx-cache'], withBrowser)) && ok;
    if (!ok) {
      const packages = workspacePackages();
      const tried = projects.map((name) => ({ name, folder: packages.get(name).folder }));
      failures = tryAgain(tried, { results, env: withBrowser });
    }
  }
} catch (error) {
  ok = false;
  console.error(error.message);
}

const sum = sumResults(results, projects);
// What went wrong without a test that failed, such as a build, is a failure, too.
if (!ok && sum.failed === 0 && failures.length === 0) sum.failed = 1;
failures.forEach(say);
say(sumLine(sum));
process.exit(sum.failed === 0 ? 0 : 1);

/** Runs the tests that nx is asked for; one line per project as it ends, with everything it printed when it failed. */
async function test(args, env) {
  let project;
  let printed = [];
  const flush = () => {
    if (project === undefined) return;
    const result = readResult(project);
    say(result.line);
    if (!result.success) console.error(printed.join('\n'));
    project = undefined;
  };
  const code = await runNx([...args, '--outputStyle=static', '--nxBail=false'], {
    env,
    onLine: (line) => {
      const task = /^> nx run (@cryptoutil\/[\w-]+):test/.exec(stripVTControlCharacters(line));
      if (task) {
        flush();
        project = task[1];
        printed = [];
      }
      printed.push(line);
    },
  });
  flush();
  return code === 0;
}

function readResult(project) {
  let result;
  try {
    result = JSON.parse(readFileSync(join(results, `${project}.json`), 'utf8'));
  } catch {
    return { success: false, line: `✗ ${project}: left no result` };
  }
  const ends = result.testResults.map((suite) => suite.endTime);
  const seconds = Math.max(0, ...ends.map((end) => end - result.startTime)) / 1000;
  const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
  const counts = `${result.numPassedTests} passed${failed ? `, ${failed} failed` : ''}`;
  return {
    success: result.success,
    line: `${result.success ? '✓' : '✗'} ${project}: ${counts} (${seconds.toFixed(1)} s)`,
  };
}
