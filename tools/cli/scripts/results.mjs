// Adds up what jest left in test-results/ for each project.
import { readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Removes the results of an earlier run, so that a project that did not run cannot look as if it had. */
export function clearResults(folder) {
  for (const file of resultFiles(folder)) rmSync(file);
}

/**
 * The sum over all projects of passed, failed and skipped tests. A suite that could not run counts as one failed test,
 * and so does an expected project that left no result.
 */
export function sumResults(folder, expectedProjects) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const project of expectedProjects) {
    const result = readResult(join(folder, `${project}.json`));
    if (result === undefined) {
      sum.failed += 1;
      continue;
    }
    sum.passed += result.numPassedTests;
    sum.failed += result.numFailedTests + result.numRuntimeErrorTestSuites;
    sum.skipped += result.numPendingTests + result.numTodoTests;
  }
  return sum;
}

/** `N passed, N failed, N skipped` */
export const sumLine = ({ passed, failed, skipped }) => `${passed} passed, ${failed} failed, ${skipped} skipped`;

function readResult(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function resultFiles(folder) {
  try {
    return readdirSync(folder, { recursive: true })
      .filter((name) => name.endsWith('.json'))
      .map((name) => join(folder, name));
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}
