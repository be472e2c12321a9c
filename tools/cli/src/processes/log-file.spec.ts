import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { endedMessage } from './ended-message.js';
import { lastLines, openLog } from './log-file.js';
import { waitUntil } from './wait-until.js';

describe('the log of a process', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cryptoutil-log-'));
    file = join(folder, 'authz.log');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is for its owner alone, and that of the run before is kept', () => {
    writeFileSync(file, 'before');
    const log = openLog(file);
    writeFileSync(log.descriptor, 'now');
    log[Symbol.dispose]();
    expect([readFileSync(file, 'utf8'), readFileSync(`${file}.1`, 'utf8')]).toEqual(['now', 'before']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('tells its last lines, however long it is', () => {
    writeFileSync(file, `${'x'.repeat(100_000)}\none\ntwo\nthree\n`);
    expect(lastLines(file, 2)).toBe('two\nthree');
    expect(lastLines(join(folder, 'absent'), 2)).toBe('');
  });

  it('is part of what is said about a process that died: which, how, and its last words', () => {
    expect(endedMessage('kms', { code: 3, signal: null }, file)).toBe(
      `kms ended with exit code 3. It logged nothing (${file}).`,
    );
    writeFileSync(file, 'no key\n');
    expect(endedMessage('kms', { code: null, signal: 'SIGKILL' }, file)).toBe(
      `kms was ended by SIGKILL. Its last log lines (${file}):\nno key`,
    );
  });
});

describe('waiting', () => {
  it('ends when the condition holds, or when the time is over', async () => {
    let asked = 0;
    expect(await waitUntil(() => ++asked === 3, { timeoutMs: 5_000, intervalMs: 1 })).toBe(true);
    expect(await waitUntil(() => Promise.resolve(false), { timeoutMs: 5, intervalMs: 1 })).toBe(false);
  });

  it('is given up when it is aborted', async () => {
    const attempt = waitUntil(() => false, { timeoutMs: 60_000, signal: AbortSignal.timeout(5) });
    await expect(attempt).rejects.toThrow('aborted');
  });
});
