import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { createLogger } from '@cryptoutil/telemetry';
import { onStopSignal } from './stop-signal.js';

const logger = createLogger({ service: 'spec', level: 'silent' });

afterEach(() => {
  jest.restoreAllMocks();
});

function exitCode(): Promise<unknown> {
  return new Promise((resolve) => {
    jest.spyOn(process, 'exit').mockImplementation(((code: unknown) => resolve(code)) as never);
  });
}

describe('onStopSignal', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('closes at %s and then ends with 0', async (signal) => {
    const code = exitCode();
    let closed = false;
    const forget = onStopSignal(logger, () => {
      closed = true;
      return Promise.resolve();
    });
    process.emit(signal);
    expect(await code).toBe(0);
    expect(closed).toBe(true);
    forget();
  });

  it('ends with 1 when closing fails', async () => {
    const code = exitCode();
    const forget = onStopSignal(logger, () => Promise.reject(new Error('stuck')));
    process.emit('SIGTERM');
    expect(await code).toBe(1);
    forget();
  });

  it('leaves no listener behind once it is told to forget', () => {
    const before = process.listenerCount('SIGTERM');
    onStopSignal(logger, () => Promise.resolve())();
    expect(process.listenerCount('SIGTERM')).toBe(before);
  });
});
