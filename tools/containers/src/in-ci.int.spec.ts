import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { shippedPath } from './shipped-files.fixture.js';

describe('the container stage in CI', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cryptoutil-stage-'));
    copyFileSync(shippedPath('tools/containers/in-ci.sh'), join(folder, 'in-ci.sh'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs it with a stage that does this. */
  const run = (stage: string, seconds = '20', tests = '10 passed, 0 failed, 2 skipped') => {
    writeFileSync(join(folder, 'tests.log'), `a line\n${tests}\n`);
    writeFileSync(join(folder, 'run-stage.sh'), `#!/bin/bash\n${stage}\n`);
    chmodSync(join(folder, 'run-stage.sh'), 0o755);
    const { status, stdout, stderr } = spawnSync(join(folder, 'in-ci.sh'), [join(folder, 'tests.log')], {
      encoding: 'utf8',
      env: { ...process.env, CRYPTOUTIL_STAGE_SECONDS: seconds },
    });
    const lines = stdout.trimEnd().split('\n');
    return { status, last: lines.at(-1), lines, stderr };
  };

  it('adds what it checked to the tests', () => {
    expect(run('echo "5 passed, 0 failed, 0 skipped"')).toMatchObject({
      status: 0,
      last: '15 passed, 0 failed, 2 skipped',
    });
    expect(run('echo "5 passed, 2 failed, 0 skipped"; exit 1')).toMatchObject({
      status: 1,
      last: '15 passed, 2 failed, 2 skipped',
    });
  });

  it('counts tests that ended without their sum as a failure', () => {
    const broken = run('echo "5 passed, 0 failed, 0 skipped"', '20', 'npm error');
    expect(broken).toMatchObject({ status: 1, last: '5 passed, 1 failed, 0 skipped' });
  });

  it('names at the end what failed in the tests, and in the stage', () => {
    const { lines } = run(
      'echo "== 10:00:00  NOT OK: everything gets ready"; echo more; echo "5 passed, 1 failed, 0 skipped"; exit 1',
      '20',
      'FAILED @cryptoutil/kms src/a.spec.ts: one\n✓ more\n9 passed, 1 failed, 2 skipped',
    );
    expect(lines.slice(-3)).toEqual([
      'FAILED @cryptoutil/kms src/a.spec.ts: one',
      '== 10:00:00  NOT OK: everything gets ready',
      '14 passed, 2 failed, 2 skipped',
    ]);
  });

  it('counts a stage that ends without a word as a failure', () => {
    expect(run('exit 1')).toMatchObject({ status: 1, last: '10 passed, 1 failed, 2 skipped' });
    expect(run('echo "5 passed, 0 failed, 0 skipped"; exit 1')).toMatchObject({
      status: 1,
      last: '15 passed, 1 failed, 2 skipped',
    });
  });

  it('ends one that takes too long, which is a failure', () => {
    expect(run('sleep 60', '1')).toMatchObject({ status: 1, last: '10 passed, 1 failed, 2 skipped' });
  });

  it('says loudly that there is no engine, and counts it as skipped', () => {
    const { status, last, stderr } = run('echo "dockerd: no permission"; exit 3');
    expect([status, last]).toEqual([0, '10 passed, 0 failed, 3 skipped']);
    expect(stderr).toContain('THE CONTAINER STAGE WAS NOT RUN');
  });
});
