import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { identifyProcess, isRunning, signalProcess } from '../processes/process-identity.js';
import { homeAt, type Home } from './home.js';
import { RunLock } from './run-lock.js';

describe('who runs the suite of a home', () => {
  let home: Home;
  const children: ChildProcess[] = [];
  beforeEach(() => {
    home = homeAt(mkdtempSync(join(tmpdir(), 'cryptoutil-lock-')));
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    rmSync(home.folder, { recursive: true, force: true });
  });
  const sleeper = async (...args: string[]): Promise<ChildProcess> => {
    const child = spawn(args[0] ?? 'sleep', args.length > 0 ? args.slice(1) : ['60'], { stdio: 'ignore' });
    children.push(child);
    await once(child, 'spawn');
    return child;
  };
  const leave = (owner: object, orphans: Record<string, object> = {}) =>
    writeFileSync(home.runFile, JSON.stringify({ owner, children: orphans }));

  it('is one process: a second one is told which, and how to go on', async () => {
    const other = await sleeper();
    leave(identifyProcess(other.pid!)!);
    const attempt = RunLock.acquire(home);
    await expect(attempt).rejects.toThrow(`process ${other.pid}`);
    await expect(attempt).rejects.toThrow('CRYPTOUTIL_HOME');
  });

  it('is one of several that start at once', async () => {
    const attempts = await Promise.allSettled(Array.from({ length: 20 }, () => RunLock.acquire(home)));
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  it('is nobody after a release', async () => {
    (await RunLock.acquire(home)).release();
    expect(existsSync(home.runFile)).toBe(false);
  });

  it('is taken over from a process that is gone, also when its id has gone to another one', async () => {
    leave({ pid: process.pid, startTime: '1' });
    await RunLock.acquire(home);
    expect(JSON.parse(readFileSync(home.runFile, 'utf8'))).toMatchObject({ owner: { pid: process.pid } });
  });

  it('is taken over from a note that was cut off', async () => {
    writeFileSync(home.runFile, '{"owner":');
    await expect(RunLock.acquire(home)).resolves.toBeDefined();
  });

  it('waits for the children of a killed one, and remembers its own', async () => {
    const child = await sleeper('sleep', '0.2');
    leave({ pid: process.pid, startTime: '1' }, { authz: identifyProcess(child.pid!)! });
    const lock = await RunLock.acquire(home);
    expect(isRunning({ pid: child.pid!, startTime: '0' })).toBe(false);
    expect(child.exitCode ?? (await once(child, 'exit'))[0]).toBe(0);
    lock.addChild('kms', process.pid);
    expect(JSON.parse(readFileSync(home.runFile, 'utf8'))).toMatchObject({ children: { kms: { pid: process.pid } } });
  });

  it('signals exactly the process it means', async () => {
    const child = await sleeper();
    const identity = identifyProcess(child.pid!)!;
    signalProcess({ ...identity, startTime: '1' }, 'SIGKILL');
    expect(isRunning(identity)).toBe(true);
    signalProcess(identity, 'SIGKILL');
    await once(child, 'exit');
    expect(isRunning(identity)).toBe(false);
    signalProcess(identity, 'SIGKILL');
  });
});
