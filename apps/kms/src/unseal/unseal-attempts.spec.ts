import { describe, expect, it } from '@jest/globals';
import { ATTEMPTS, ATTEMPT_WINDOW_MS, UnsealAttempts } from './unseal-attempts.js';

describe('unseal attempts', () => {
  const limited = () => {
    const clock = { now: 0 };
    return { clock, attempts: new UnsealAttempts(() => clock.now) };
  };

  it('lets a peer give ten refused shares, then makes it wait for the rest of the window', () => {
    const { clock, attempts } = limited();
    for (let n = 0; n < ATTEMPTS; n += 1) {
      expect(() => attempts.requireAllowed('a')).not.toThrow();
      attempts.refused('a');
    }
    clock.now = 60_000;
    expect(() => attempts.requireAllowed('a')).toThrow(
      expect.objectContaining({ code: 'too_many_attempts', retryAfterSeconds: (ATTEMPT_WINDOW_MS - 60_000) / 1000 }),
    );
    clock.now = ATTEMPT_WINDOW_MS;
    expect(() => attempts.requireAllowed('a')).not.toThrow();
  });

  it('does not make one peer wait for what another did', () => {
    const { attempts } = limited();
    for (let n = 0; n < ATTEMPTS; n += 1) attempts.refused('a');
    expect(() => attempts.requireAllowed('b')).not.toThrow();
  });

  it('remembers a bounded number of peers', () => {
    const { attempts } = limited();
    for (let n = 0; n < ATTEMPTS; n += 1) attempts.refused('first');
    for (let n = 0; n < 10_000; n += 1) attempts.refused(`peer-${n}`);
    expect(() => attempts.requireAllowed('first')).not.toThrow();
  });
});
