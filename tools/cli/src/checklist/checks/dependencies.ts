import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { confirm, failed, passed, type CheckGroup } from '../check.js';
import { runCommand } from '../subject/run-command.js';

/** The checkout that this program was built in; in the image there is none. */
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../../../../..');

/** What was tested, and what it is made of. */
export const dependencies: CheckGroup = {
  title: 'Tests and dependencies',
  atOnce: 2,
  checks: [
    {
      id: 'tests.passing',
      title: 'All unit, integration and end-to-end tests pass',
      phases: ['pre'],
      lines: ['S47', 'S48', 'S49', 'A182'],
      beforeFirstStart: true,
      todo: 'npm ci && npm test, on the commit that is deployed.',
      run: () => testResults(join(ROOT, 'test-results/@cryptoutil')),
    },
    {
      id: 'dependencies.audit',
      title: 'No known critical or high vulnerability in what the suite is made of',
      phases: ['pre', 'quarterly'],
      lines: ['S43', 'S44', 'A246'],
      beforeFirstStart: true,
      timeoutMs: 90_000,
      todo: 'npm audit names the package: update it, or write down why it does not matter here.',
      run: () => audit(),
    },
  ],
};

/** Reads what `npm test` has left; older than the code is as good as none. */
export function testResults(folder: string) {
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : [];
  if (files.length === 0) return confirm('there are no test results here: which run of the pipeline passed?');
  const results = files.map((name) => ({
    name: name.replace('.json', ''),
    at: statSync(join(folder, name)).mtime,
    ...(JSON.parse(readFileSync(join(folder, name), 'utf8')) as { numPassedTests: number; numFailedTests: number }),
  }));
  const failing = results.filter(({ numFailedTests }) => numFailedTests > 0);
  if (failing.length > 0)
    return failed(failing.map(({ name, numFailedTests }) => `${name}: ${numFailedTests} failed`).join(', '));
  const oldest = new Date(Math.min(...results.map(({ at }) => at.getTime())));
  const count = results.reduce((sum, { numPassedTests }) => sum + numPassedTests, 0);
  return confirm(
    `${count} tests of ${results.length} projects passed here, the oldest at ${oldest.toISOString().slice(0, 16)}: were they all, of the commit that is deployed?`,
  );
}

async function audit() {
  if (!existsSync(join(ROOT, 'package-lock.json'))) return confirm('not run: there is no package-lock.json here');
  const { code, output } = await runCommand('npm', ['audit', '--omit=dev', '--json'], { cwd: ROOT, env: process.env });
  return auditVerdict(code, output);
}

/** What the answer of `npm audit --json` means; an answer that is none is for people. */
export function auditVerdict(code: number | null, output: string) {
  let report: { metadata?: { vulnerabilities?: Record<string, number> } };
  try {
    report = JSON.parse(output) as typeof report;
  } catch {
    return confirm(`not run: npm audit ended with ${code}; use the scan of the pipeline`);
  }
  const counts = report.metadata?.vulnerabilities;
  if (!counts) return confirm('not run: the registry does not answer npm audit here; use the scan of the pipeline');
  const { critical = 0, high = 0, moderate = 0, low = 0 } = counts;
  const text = `${critical} critical, ${high} high, ${moderate} moderate, ${low} low`;
  return critical + high > 0 ? failed(text) : passed(text);
}
