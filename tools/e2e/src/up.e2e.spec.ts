import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { SuiteFile } from '@cryptoutil/cli';

const program = fileURLToPath(new URL('../../cli/bin/cryptoutil.mjs', import.meta.url));
const anyPorts = ['authz', 'idp', 'rs', 'kms'].flatMap((name) => [`--${name}-port`, '0']);

/** A command while it runs, and what it has printed so far. */
class Command {
  output = '';
  readonly exit: Promise<number | null>;

  constructor(readonly child: ChildProcess) {
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    }
    this.exit = once(child, 'close').then(([code]) => code as number | null);
  }

  async says(text: string): Promise<void> {
    while (!this.output.includes(text)) {
      if (this.child.exitCode !== null) throw new Error(`ended with ${this.child.exitCode}:\n${this.output}`);
      await delay(50);
    }
  }
}

describe('cryptoutil up', () => {
  let home: string;
  const started: Command[] = [];
  beforeAll(() => {
    home = join(mkdtempSync(join(tmpdir(), 'cryptoutil-up-')), 'home');
  });
  afterAll(async () => {
    for (const { child } of started) if (child.exitCode === null) child.kill('SIGTERM');
    await Promise.all(started.map(({ exit }) => exit));
    const place =
      existsSync(join(home, 'postgres.json')) &&
      (JSON.parse(readFileSync(join(home, 'postgres.json'), 'utf8')).folder as string);
    for (const folder of [place, join(home, '..')]) if (folder) rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  const run = (...args: string[]): Command => {
    const env = { PATH: process.env.PATH, CRYPTOUTIL_HOME: home };
    const command = new Command(
      spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] }),
    );
    started.push(command);
    return command;
  };
  const up = async (): Promise<Command> => {
    const command = run('up', ...anyPorts);
    await command.says('Stop: Ctrl-C');
    return command;
  };
  const suite = () => JSON.parse(readFileSync(join(home, 'suite.json'), 'utf8')) as SuiteFile;
  const isGone = (pid: number): boolean => {
    try {
      return /^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      return true;
    }
  };
  const allGone = async (pids: number[]): Promise<void> => {
    while (!pids.every(isGone)) await delay(20);
  };
  /** Every process that the home knows of. */
  const processes = (): number[] => {
    const { children } = JSON.parse(readFileSync(join(home, 'run.json'), 'utf8')) as {
      children: Record<string, { pid: number }>;
    };
    return Object.values(children).map(({ pid }) => pid);
  };

  it('names a port that is taken and the option to change it, and leaves nothing', async () => {
    const other = createServer();
    await new Promise<void>((settle) => other.listen(0, '127.0.0.1', settle));
    const { port } = other.address() as AddressInfo;
    const command = run('up', ...anyPorts, '--idp-port', String(port));
    expect(await command.exit).toBe(1);
    other.close();
    expect(command.output.trim()).toBe(
      `Port ${port} of idp is taken by another process: stop that one or choose another port with --idp-port.`,
    );
    expect(existsSync(home)).toBe(false);
  }, 30_000);

  it('starts everything, and smoke passes', async () => {
    await up();
    expect(Object.values(suite().pids).every((pid) => !isGone(pid))).toBe(true);
    const smoke = run('smoke');
    expect([await smoke.exit, smoke.output.split('\n').at(-2)]).toEqual([
      0,
      expect.stringMatching(/^\d+ passed, 0 failed$/),
    ]);
  }, 120_000);

  it('keeps its state for its owner alone, but for the certificate of the authority', () => {
    const trust = join(home, 'pki/trust');
    const entries = readdirSync(home, { recursive: true, withFileTypes: true }).filter(
      (entry) => !entry.isSymbolicLink() && !join(entry.parentPath, entry.name).startsWith(trust),
    );
    expect(readdirSync(trust)).toEqual(['ca.crt']);
    const modes = (files: boolean) =>
      entries
        .filter((entry) => entry.isFile() === files)
        .map(({ parentPath, name }) => statSync(join(parentPath, name)).mode & 0o777);
    expect(new Set(modes(true))).toEqual(new Set([0o600]));
    expect(new Set([...modes(false), statSync(home).mode & 0o777])).toEqual(new Set([0o700]));
  });

  it('is not started twice in one home', async () => {
    const second = run('up', ...anyPorts);
    expect(await second.exit).toBe(1);
    expect(second.output).toMatch(/^A suite already runs in .* \(process \d+\): .*CRYPTOUTIL_HOME/);
  }, 30_000);

  it('has a kms that is sealed and unsealed by command; 2 says sealed', async () => {
    const shares = suite().unsealShareFiles.slice(2);
    const codes: (number | null)[] = [];
    const steps = [
      ['status'],
      ['seal'],
      ['status'],
      ['unseal', '--share-file', ...shares.slice(1)],
      ['unseal', '--share-file', shares[0]!],
    ];
    for (const args of steps) codes.push(await run('kms', ...args).exit);
    expect(codes).toEqual([0, 0, 2, 2, 0]);
  }, 60_000);

  it('killed with -9 leaves no process, and the next start has the same data', async () => {
    const before = suite();
    const pids = [...processes(), ...Object.values(before.pids)];
    const running = started[1]!;
    running.child.kill('SIGKILL');
    await running.exit;
    await allGone(pids);
    const next = await up();
    expect(suite().clients).toEqual(before.clients);
    const smoke = run('smoke');
    expect(await smoke.exit).toBe(0);
    next.child.kill('SIGTERM');
    const left = processes();
    expect(await next.exit).toBe(0);
    expect(left.every(isGone)).toBe(true);
    expect(existsSync(join(home, 'suite.json'))).toBe(false);
  }, 120_000);

  it('ends when a service dies, says which and why, and stops the rest', async () => {
    const running = await up();
    const pids = processes();
    process.kill(suite().pids.rs, 'SIGKILL');
    expect(await running.exit).toBe(1);
    expect(running.output).toContain('rs was ended by SIGKILL. Its last log lines');
    expect(pids.every(isGone)).toBe(true);
  }, 120_000);

  it('starts afresh with --reset', async () => {
    const key = readFileSync(join(home, 'secrets/clients/service'), 'utf8');
    const command = run('up', ...anyPorts, '--reset');
    await command.says('Stop: Ctrl-C');
    expect(readFileSync(join(home, 'secrets/clients/service'), 'utf8')).not.toBe(key);
    command.child.kill('SIGINT');
    expect(await command.exit).toBe(0);
  }, 120_000);
});
