import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';

const root = join(import.meta.dirname, '../../..');
const shipped = join(root, 'deployments/kubernetes');
const script = (name: string): string => join(root, 'tools/containers/kubernetes', name);
const violations = (object: unknown): { code: number | null; found: string } => {
  const { status, stdout } = spawnSync(process.execPath, [script('restricted.mjs')], { input: JSON.stringify(object) });
  return { code: status, found: stdout.toString() };
};

let bad: string;
beforeAll(() => {
  bad = mkdtempSync(join(tmpdir(), 'cryptoutil-bad-pods-'));
  expect(spawnSync(process.execPath, [script('bad-pods.mjs'), shipped, bad]).status).toBe(0);
});
afterAll(() => rmSync(bad, { recursive: true }));

describe('the restricted profile as the Kubernetes stage checks it', () => {
  test('finds nothing in the shipped workloads', () => {
    const files = [
      ...readdirSync(join(shipped, 'deployments')).map((name) => `deployments/${name}`),
      'jobs/migrate.yaml',
    ];
    const items = files.map((file) => parse(readFileSync(join(shipped, file), 'utf8')) as unknown);
    expect(violations({ items })).toEqual({ code: 0, found: '0 violations in 5 objects\n' });
  });

  test.each([
    ['privileged', 'is privileged'],
    ['root', 'may run as root'],
    ['escalation', 'may gain privileges'],
    ['host-network', 'shares a namespace of the host'],
    ['host-path', 'volume host is of a kind that is not allowed'],
    ['capability', 'adds capabilities'],
    ['unconfined', 'has no seccomp profile'],
  ])('names what is wrong with a pod: %s', (name, finding) => {
    const { code, found } = violations(JSON.parse(readFileSync(join(bad, `${name}.json`), 'utf8')));
    expect(code).toBe(1);
    expect(found).toContain(finding);
  });

  test('is not content with nothing to look at', () => {
    expect(violations({ items: [] }).code).toBe(1);
  });
});
