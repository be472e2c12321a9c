import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSuite } from '@cryptoutil/cli';
import { asks, asksForToken, BASE, issueTokens, targetOf } from './auth-service-requests.js';
import { type Measured, startBare } from './bare-process.js';
import { profiled } from './cpu-profile.js';
import { load, together, type LoadResult } from './load.js';
import { residentMiB } from './process-cpu.js';
import { post } from './raw-client.js';
import { report } from './report.js';

export interface BenchOptions {
  readonly seconds: number;
  readonly connections: number;
  /** Further seconds at 100 requests a second, for memory and errors; 0 leaves it out. */
  readonly soakSeconds: number;
  /** Only the loads whose name contains this; all when empty. */
  readonly only: string;
  /** Folder for a .cpuprofile of validating tokens anew; profiling costs a little, so no figures are taken then. */
  readonly profile: string | undefined;
}

/** Measures the Auth Service of a suite of its own against a bare node:https handler, and prints a table. */
export async function benchAuthService(options: BenchOptions): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'cryptoutil-bench-'));
  const suite = await startSuite({ home, ports: { authz: 0, idp: 0, rs: 0, kms: 0, postgres: 0 } });
  try {
    const target = targetOf(suite);
    const bare = await startBare(home, 'authz');
    try {
      await measure(options, { target, pid: suite.file.pids.authz }, bare);
    } finally {
      bare.stop();
    }
  } finally {
    await suite.remove();
  }
}

/** The machine's speed drifts; what is compared is measured in turns. */
const TURNS = 4;

async function measure(options: BenchOptions, service: Measured, bare: Measured): Promise<void> {
  const { seconds, connections } = options;
  const tokens = await issueTokens(service.target, Math.max(60_000, seconds * 8_000));
  const run = (measured: Measured, next: () => string | undefined, perSecond?: number, time = seconds) =>
    load({ ...measured, connections, seconds: time, next, perSecond });
  const isWanted = (name: string): boolean => name.includes(options.only);
  const compare = async (name: string, next: () => string | undefined, bareNext = next): Promise<void> => {
    if (!isWanted(name)) return;
    const turns: [LoadResult, LoadResult][] = [];
    for (let turn = 0; turn < TURNS; turn += 1)
      turns.push([
        await run(bare, bareNext, undefined, seconds / TURNS),
        await run(service, next, undefined, seconds / TURNS),
      ]);
    const base = together(turns.map(([one]) => one));
    report(`${name}: bare`, base, base);
    report(name, together(turns.map(([, other]) => other)), base);
  };
  let count = 0;
  const few = tokens.slice(0, 100).map(asks);
  const validate = (): string => few[(count += 1) % few.length]!;
  // More tokens than the service remembers, so that each is checked anew.
  const fresh = (): string => asks(tokens[(count += 1) % tokens.length]!);
  await run(bare, validate, undefined, 2);
  await run(service, validate, undefined, 2);
  await run(service, () => asksForToken, undefined, 2);
  if (options.profile !== undefined) {
    await run(service, fresh, undefined, 2);
    await profiled(service.pid, join(options.profile, 'validate-anew.cpuprofile'), () => run(service, fresh));
    await profiled(service.pid, join(options.profile, 'token.cpuprofile'), () => run(service, () => asksForToken));
    return;
  }
  await compare('validate, 100 tokens', validate);
  await compare('validate, all anew', fresh);
  await compare('token', () => asksForToken);
  const left = tokens.slice(100);
  const revoke = (): string | undefined => {
    const token = left.pop();
    return token === undefined ? undefined : post(`${BASE}/revoke`, { Authorization: `Bearer ${token}` });
  };
  const alone = async (name: string, next: () => string | undefined, perSecond?: number): Promise<void> => {
    if (isWanted(name)) report(name, await run(service, next, perSecond));
  };
  // In this order: at full speed all tokens that are left may be used up.
  await alone('revoke, 500/s', revoke, 500);
  await alone('revoke (durable)', revoke);
  await alone('validate, 1000/s', validate, 1_000);
  if (options.soakSeconds > 0)
    await soak(options.soakSeconds, service.pid, (time) => run(service, validate, 100, time));
}

/** Resident memory is read at ten points in between. */
async function soak(seconds: number, pid: number, run: (seconds: number) => Promise<LoadResult>): Promise<void> {
  const memory = [residentMiB(pid)];
  const parts: LoadResult[] = [];
  for (let part = 0; part < 10; part += 1) {
    parts.push(await run(seconds / 10));
    memory.push(residentMiB(pid));
  }
  report(`soak, 100/s ${seconds} s`, together(parts));
  console.log(`memory in MiB: ${memory.map((size) => size.toFixed(0)).join(' ')}`);
}
