import { describe, expect, it } from '@jest/globals';
import { Checks, reached, require } from './checks.js';

describe('the checks of smoke', () => {
  it('are printed as they end, with how long they took, why they failed, and what was not reached', async () => {
    const lines: string[] = [];
    const checks = new Checks((line) => lines.push(line));
    await checks.run('passes', () => Promise.resolve());
    await checks.run('fails', () => Promise.reject(new Error('outer', { cause: new Error('inner') })));
    await checks.run('has data', () => Promise.reject(new Error('outer', { cause: { error: 'invalid_grant' } })));
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
    await checks.run('throws no error', () => Promise.reject('text'));
    await checks.run('needs the one before', () => Promise.resolve(reached(undefined)));
    expect(lines.map((line) => line.replace(/\(\d+ ms\)/, '(n ms)'))).toEqual([
      '✓ passes (n ms)',
      '✗ fails (n ms)\n  outer: inner',
      '✗ has data (n ms)\n  outer: {"error":"invalid_grant"}',
      '✗ throws no error (n ms)\n  text',
      '- needs the one before: not reached',
    ]);
    expect(checks.outcome).toEqual({ passed: 1, failed: 3, notReached: 1 });
  });

  it('say what they wanted and what was there instead', () => {
    require(true, 'x');
    expect(() => require(false, 'must be 200', { status: 500 })).toThrow('must be 200; found {"status":500}');
    expect(() => require(false, 'must be there', 'nothing')).toThrow('must be there; found nothing');
    expect(() => require(false, 'must be')).toThrow(/^must be$/);
    expect(reached('value')).toBe('value');
  });
});
