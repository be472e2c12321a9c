import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it, jest } from '@jest/globals';

const order: string[] = [];
const starting = (name: string) => (env: NodeJS.ProcessEnv) => {
  order.push(`${name} ${String(env === process.env)}`);
  return Promise.resolve();
};
jest.unstable_mockModule('@cryptoutil/telemetry/preload', () => {
  order.push('telemetry');
  return {};
});
for (const [name, start] of [
  ['authz', 'startAuthz'],
  ['idp', 'startIdp'],
  ['rs', 'startRs'],
  ['kms', 'startKms'],
] as const) {
  jest.unstable_mockModule(`@cryptoutil/${name}`, () => {
    order.push(`import ${name}`);
    return { [start]: starting(name) };
  });
}
const { runService } = await import('./run-service.js');
const { serviceNames } = await import('./services.js');

describe('a service as a process', () => {
  const stdin = Object.getOwnPropertyDescriptor(process, 'stdin')!;
  afterEach(() => {
    jest.restoreAllMocks();
    Object.defineProperty(process, 'stdin', stdin);
  });

  it('imports telemetry first and no other service', async () => {
    await runService('rs');
    expect(order).toEqual(['telemetry', 'import rs', 'rs true']);
  });

  it('is each of the four', async () => {
    for (const name of serviceNames) await runService(name);
    expect(order.slice(3)).toEqual(expect.arrayContaining(['authz true', 'idp true', 'kms true']));
  });

  it('stops as by SIGINT when its parent goes away, and for certain after a while', async () => {
    const kill = jest.spyOn(process, 'kill').mockReturnValue(true);
    // A real one would end the process of the tests.
    const unref = jest.fn();
    const timer = jest.spyOn(global, 'setTimeout').mockReturnValue({ unref } as unknown as NodeJS.Timeout);
    const input = new PassThrough();
    Object.defineProperty(process, 'stdin', { value: input, configurable: true });
    await runService('rs', { exitWithParent: true });
    input.emit('error', new Error('EIO'));
    expect(kill).not.toHaveBeenCalled();
    input.end();
    await once(input, 'end');
    expect(kill).toHaveBeenCalledWith(process.pid, 'SIGINT');
    expect(unref).toHaveBeenCalled();
    const leave = jest.spyOn(process, 'exit').mockReturnValue(undefined as never);
    const [forced] = timer.mock.calls.find(([, delay]) => delay === 15_000)!;
    forced();
    expect(leave).toHaveBeenCalledWith(1);
  });
});
