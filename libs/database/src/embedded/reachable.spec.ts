import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { enterableByOthers, reachableByOthers } from './reachable.js';

describe('what another user can reach', () => {
  let top: string;
  let program: string;
  beforeEach(() => {
    top = mkdtempSync(join(tmpdir(), 'cryptoutil-reachable-'));
    mkdirSync(join(top, 'bin'), { mode: 0o755 });
    program = join(top, 'bin/program');
    writeFileSync(program, '');
    chmodSync(program, 0o755);
  });
  afterEach(() => rmSync(top, { recursive: true }));

  it('is nothing below a folder that is closed to others', () => {
    chmodSync(top, 0o700);
    expect(reachableByOthers(program)).toBe(false);
    expect(enterableByOthers(join(top, 'bin'))).toBe(false);
  });

  it('is what lies below folders that others may enter, even when they may not list them', () => {
    chmodSync(top, 0o711);
    expect(reachableByOthers(program)).toBe(true);
    expect(enterableByOthers(top)).toBe(true);
    expect(reachableByOthers(top)).toBe(false);
  });

  it('is no file that others may not run, and nothing that is not there', () => {
    chmodSync(top, 0o711);
    chmodSync(program, 0o750);
    expect(reachableByOthers(program)).toBe(false);
    expect(reachableByOthers(join(top, 'absent'))).toBe(false);
  });
});
