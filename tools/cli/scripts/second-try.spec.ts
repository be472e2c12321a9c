import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
// @ts-expect-error the scripts must run without a build and so have no types
import { failures, tryAgain, withSecondTry } from './second-try.mjs';

const suite = (file: string, ...tests: (readonly [status: string, fullName: string])[]) => ({
  name: `/p/src/${file}`,
  status: tests.length === 0 || tests.some(([status]) => status === 'failed') ? 'failed' : 'passed',
  assertionResults: tests.map(([status, fullName]) => ({ status, fullName })),
});

describe('what failed beside other tests', () => {
  it('is named by file and title, a suite that could not run by its file', () => {
    const result = { testResults: [suite('a.spec.ts', ['passed', 'one'], ['failed', 'two']), suite('b.spec.ts')] };
    expect(failures(result, '/p')).toEqual(['src/a.spec.ts: two', 'src/b.spec.ts: could not run']);
  });

  it('counts as it ended the second time, and what did not fail as it ended the first time', () => {
    const first = {
      success: false,
      testResults: [
        suite('a.spec.ts', ['passed', 'one'], ['failed', 'two']),
        suite('b.spec.ts'),
        suite('c.spec.ts', ['passed', 'three'], ['pending', 'four'], ['todo', 'five']),
      ],
    };
    const second = {
      testResults: [suite('a.spec.ts', ['passed', 'one'], ['passed', 'two']), suite('b.spec.ts', ['failed', 'six'])],
    };
    expect(withSecondTry(first, second)).toMatchObject({
      success: false,
      numPassedTests: 3,
      numFailedTests: 1,
      numPendingTests: 1,
      numTodoTests: 1,
      numFailedTestSuites: 1,
      numRuntimeErrorTestSuites: 0,
    });
    second.testResults[1] = suite('b.spec.ts', ['passed', 'six']);
    expect(withSecondTry(first, second)).toMatchObject({ success: true, numPassedTests: 4, numFailedTests: 0 });
  });
});

describe('a second try', () => {
  let results: string;
  let folder: string;
  beforeEach(() => {
    results = mkdtempSync(join(tmpdir(), 'cryptoutil-results-'));
    folder = mkdtempSync(join(tmpdir(), 'cryptoutil-project-'));
    mkdirSync(join(results, '@cryptoutil'));
  });
  afterEach(() => [results, folder].forEach((each) => rmSync(each, { recursive: true })));

  const leave = (testResults: unknown[]) => {
    writeFileSync(join(results, '@cryptoutil/p.json'), JSON.stringify({ testResults }));
  };
  const again = () => tryAgain([{ name: '@cryptoutil/p', folder }], { results, env: {} }) as string[];

  it('is not made where nothing failed, or nothing is known', () => {
    expect(again()).toEqual([]);
    leave([suite('a.spec.ts', ['passed', 'one'])]);
    expect(again()).toEqual([]);
  });

  it('is not made when too much failed for neighbours to be the reason', () => {
    leave(Array.from({ length: 7 }, (_, index) => suite(`${index}.spec.ts`, ['failed', 'one'])));
    const written = readFileSync(join(results, '@cryptoutil/p.json'), 'utf8');
    const lines = again();
    expect(lines).toHaveLength(7);
    for (const line of lines) expect(line).toMatch(/^FAILED @cryptoutil\/p .*\d\.spec\.ts: one$/);
    expect(readFileSync(join(results, '@cryptoutil/p.json'), 'utf8')).toBe(written);
  });
});
