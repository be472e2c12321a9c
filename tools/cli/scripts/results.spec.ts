import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
// @ts-expect-error the scripts must run without a build and so have no types
import { clearResults, sumLine, sumResults } from './results.mjs';

describe('the sum of all tests', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cryptoutil-results-'));
    mkdirSync(join(folder, '@cryptoutil'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const leave = (project: string, counts: Record<string, number>) => {
    const none = {
      numPassedTests: 0,
      numFailedTests: 0,
      numPendingTests: 0,
      numTodoTests: 0,
      numRuntimeErrorTestSuites: 0,
    };
    writeFileSync(join(folder, `${project}.json`), JSON.stringify({ ...none, ...counts }));
  };

  it('adds up the projects', () => {
    leave('@cryptoutil/a', { numPassedTests: 2, numPendingTests: 1 });
    leave('@cryptoutil/b', { numPassedTests: 3, numFailedTests: 1, numTodoTests: 1 });
    const sum = sumResults(folder, ['@cryptoutil/a', '@cryptoutil/b']);
    expect(sum).toEqual({ passed: 5, failed: 1, skipped: 2 });
    expect(sumLine(sum)).toBe('5 passed, 1 failed, 2 skipped');
  });

  it('counts a suite that could not run as failed', () => {
    leave('@cryptoutil/a', { numPassedTests: 1, numRuntimeErrorTestSuites: 1 });
    expect(sumResults(folder, ['@cryptoutil/a']).failed).toBe(1);
  });

  it('counts a project that left no result, or half of one, as failed', () => {
    writeFileSync(join(folder, '@cryptoutil/half.json'), '{"numPassedTests":');
    expect(sumResults(folder, ['@cryptoutil/absent', '@cryptoutil/half']).failed).toBe(2);
  });

  it('clears the results of an earlier run and nothing else', () => {
    leave('@cryptoutil/a', { numPassedTests: 1 });
    writeFileSync(join(folder, 'a.jest.config.mjs'), '');
    clearResults(folder);
    expect(readdirSync(folder, { recursive: true }).sort()).toEqual(['@cryptoutil', 'a.jest.config.mjs']);
    clearResults(join(folder, 'absent'));
  });
});
