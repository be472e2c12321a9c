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
  afterEach(() => void jest.restoreAllMocks());

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
    const timer = jest.spyOn(global, 'setTimeout');
    const read = jest.spyOn(process.stdin, 'resume').mockReturnThis();
    await runService('rs', { exitWithParent: true });
    expect(read).toHaveBeenCalled();
    process.stdin.emit('error', new Error('EIO'));
    expect(kill).not.toHaveBeenCalled();
    process.stdin.emit('end');
    expect(kill).toHaveBeenCalledWith(process.pid, 'SIGINT');
    const leave = jest.spyOn(process, 'exit').mockReturnValue(undefined as never);
    const [forced] = timer.mock.calls.find(([, delay]) => delay === 15_000)!;
    forced();
    expect(leave).toHaveBeenCalledWith(1);
  });
});
