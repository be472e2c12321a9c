import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { RunningSuite } from './running-suite.js';
import type { SuiteOptions } from './suite-options.js';

const startSuite = jest.fn<(options: SuiteOptions) => Promise<RunningSuite>>();
jest.unstable_mockModule('./start-suite.js', () => ({ startSuite }));
jest.unstable_mockModule('./announcement.js', () => ({ announcement: () => 'Where everything is.' }));
const { up } = await import('./up.js');

describe('cryptoutil up', () => {
  let written: string;
  let fail: (message: string) => void;
  const stop = jest.fn(() => Promise.resolve());
  const suite = () =>
    ({
      file: {},
      context: { home: {} },
      failed: new Promise<string>((settle) => (fail = settle)),
      stop,
    }) as unknown as RunningSuite;

  beforeEach(() => {
    written = '';
    stop.mockClear();
    for (const stream of [process.stdout, process.stderr]) {
      jest.spyOn(stream, 'write').mockImplementation((text) => {
        written += String(text);
        return true;
      });
    }
  });
  afterEach(() => {
    jest.restoreAllMocks();
    expect(process.listenerCount('SIGHUP')).toBe(0);
  });
  /** Resolves when the suite is up and waits for its end. */
  const started = async (): Promise<{ exit: Promise<number> }> => {
    startSuite.mockImplementation(() => Promise.resolve(suite()));
    const exit = up({});
    while (!written.includes('Where everything is.')) await new Promise((settle) => setImmediate(settle));
    return { exit };
  };

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('stops everything in order on %s and exits 0', async (signal) => {
    const { exit } = await started();
    process.emit(signal, signal);
    expect(await exit).toBe(0);
    expect(stop).toHaveBeenCalledTimes(1);
    expect(written).toMatch(/Ready after \d+\.\d s\.\nWhere everything is\.\n✓ stopped/);
  });

  it('takes a signal that npm passes on for the one it had, and a later one for impatience', async () => {
    const { exit } = await started();
    const leave = jest.spyOn(process, 'exit').mockImplementation((code) => {
      throw new Error(`left with ${String(code)}`);
    });
    const now = jest.spyOn(performance, 'now').mockReturnValue(0);
    process.emit('SIGINT', 'SIGINT');
    process.emit('SIGINT', 'SIGINT');
    expect(leave).not.toHaveBeenCalled();
    now.mockReturnValue(1_001);
    expect(() => process.emit('SIGINT', 'SIGINT')).toThrow('left with 130');
    expect(await exit).toBe(0);
  });

  it('says why a service has died, stops the rest and exits 1', async () => {
    const { exit } = await started();
    fail('rs ended with exit code 3.');
    expect(await exit).toBe(1);
    expect(stop).toHaveBeenCalledTimes(1);
    expect(written).toContain('rs ended with exit code 3.\nThe rest is stopped.\n');
  });

  it('exits 130 when it is interrupted before everything is up', async () => {
    startSuite.mockImplementation(
      ({ signal }) => new Promise((_, refuse) => signal!.addEventListener('abort', () => refuse(new Error('aborted')))),
    );
    const exit = up({ home: '/tmp/x' });
    process.emit('SIGINT', 'SIGINT');
    expect(await exit).toBe(130);
    expect(written).toBe('Stopped before everything was up.\n');
  });

  it('leaves other failures to the command line', async () => {
    startSuite.mockRejectedValue(new Error('Port 8080 is taken.'));
    await expect(up({ reset: true })).rejects.toThrow('Port 8080 is taken.');
    expect(startSuite).toHaveBeenLastCalledWith(expect.objectContaining({ reset: true }));
  });
});
