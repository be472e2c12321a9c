import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { SystemClock } from '../clock.js';
import type { Environment } from '../environment.module.js';
import type { SignInFailureStore } from '../limits/sign-in-failure.store.js';
import { ExpirySweeper } from './expiry-sweeper.js';
import type { SessionStore } from './session.store.js';

afterEach(() => {
  jest.useRealTimers();
});

describe('ExpirySweeper', () => {
  it('sweeps every ten minutes until the application stops, and survives a database that is away', async () => {
    jest.useFakeTimers();
    const removeEnded = jest
      .fn<() => Promise<void>>()
      .mockRejectedValueOnce(new Error('away'))
      .mockResolvedValue(undefined);
    const removeForgotten = jest.fn(() => Promise.resolve());
    const warn = jest.fn();
    const sweeper = new ExpirySweeper(
      { removeEnded } as unknown as SessionStore,
      { removeForgotten } as unknown as SignInFailureStore,
      new SystemClock(),
      { logger: { warn } } as unknown as Environment,
    );
    sweeper.onApplicationBootstrap();
    await jest.advanceTimersByTimeAsync(10 * 60_000);
    expect(warn).toHaveBeenCalledTimes(1);
    await jest.advanceTimersByTimeAsync(10 * 60_000);
    expect(removeForgotten).toHaveBeenCalledTimes(1);
    sweeper.onApplicationShutdown();
    await jest.advanceTimersByTimeAsync(60 * 60_000);
    expect(removeEnded).toHaveBeenCalledTimes(2);
  });
});
