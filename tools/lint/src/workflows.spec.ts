import { describe, expect, it } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parse } from 'yaml';

const root = resolve(import.meta.dirname, '../../..');
const folder = resolve(root, '.github/workflows');
const { scripts } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8'));
const workflows = readdirSync(folder).map((name) => {
  const text = readFileSync(resolve(folder, name), 'utf8');
  const workflow = parse(text);
  const jobs: any[] = Object.values(workflow.jobs);
  return { name, text, workflow, jobs, steps: jobs.flatMap((job) => job.steps) as any[] };
});

describe.each(workflows)('the workflow $name', ({ text, workflow, jobs, steps }) => {
  it('pins each action to a commit and says its version', () => {
    for (const [, action] of text.matchAll(/uses: (.+)/g))
      expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  it('may read the contents, and write packages only where it publishes', () => {
    expect(workflow.permissions).toEqual({ contents: 'read' });
    for (const { permissions = { contents: 'read' } } of jobs) {
      const { packages, ...rest } = permissions;
      expect(rest).toEqual({ contents: 'read' });
      if (packages) expect(Object.keys(workflow.on)).toEqual(['push']);
    }
  });

  it('leaves no credentials in the checkout and ends in time', () => {
    for (const step of steps)
      if (step.uses?.startsWith('actions/checkout')) expect(step.with['persist-credentials']).toBe(false);
    for (const job of jobs) expect(job['timeout-minutes']).toBeLessThanOrEqual(45);
  });

  it('runs scripts and files that exist, and none with text from outside', () => {
    for (const { run = '' } of steps) {
      for (const [, script] of run.matchAll(/npm run (\S+)/g)) expect(scripts).toHaveProperty([script]);
      for (const [path] of run.matchAll(/(?:\.ci|tools|deployments)\/[\w./-]+/g))
        expect(existsSync(resolve(root, path))).toBe(true);
      expect(run).not.toContain('${{');
    }
  });
});
