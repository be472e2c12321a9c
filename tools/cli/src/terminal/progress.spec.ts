import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createProgress, silentProgress } from './progress.js';

describe('progress', () => {
  let written: string;
  const stream = (isTTY: boolean) =>
    ({ isTTY, columns: 40, write: (text: string) => (written += text) }) as unknown as NodeJS.WriteStream;
  beforeEach(() => {
    written = '';
    jest.useFakeTimers();
  });
  afterEach(() => void jest.useRealTimers());

  it('is one line for each step on what is no terminal', async () => {
    const { step, note } = createProgress(stream(false));
    expect(await step('kms', () => Promise.resolve(7))).toBe(7);
    await expect(step('authz', () => Promise.reject(new Error('x')))).rejects.toThrow('x');
    note('Ready.');
    expect(written).toBe('✓ kms (0.0 s)\n✗ authz (0.0 s)\nReady.\n');
  });

  it('turns on a terminal while anything is going on, and stops with the last step', async () => {
    const { step } = createProgress(stream(true));
    let finish!: () => void;
    const running = step('authz', () => new Promise<void>((settle) => (finish = settle)));
    await step('kms', () => Promise.resolve());
    jest.advanceTimersByTime(80);
    expect(written).toContain('authz, kms');
    finish();
    await running;
    expect(written.endsWith('✓ authz (0.1 s)\n')).toBe(true);
    const before = written;
    jest.advanceTimersByTime(800);
    expect(written).toBe(before);
  });

  it('can be silent', async () => {
    silentProgress.note('x');
    expect(await silentProgress.step('x', () => Promise.resolve(1))).toBe(1);
  });
});
