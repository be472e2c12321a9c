import { readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSuite, type RunningSuite } from '@cryptoutil/cli';
import { type Measured, startBare } from './bare-process.js';
import { load, together, type LoadResult } from './load.js';
import { residentMiB } from './process-cpu.js';
import { post, RawClient, type Target } from './raw-client.js';
import { report } from './report.js';

export interface BenchOptions {
  readonly seconds: number;
  readonly connections: number;
  /** Further seconds at 100 requests a second, for memory and errors; 0 leaves it out. */
  readonly soakSeconds: number;
}

const BASE = '/auth-server/v1/oauth';
const USERS = 'http://api.example.com/v1/users';
const form = JSON.stringify({
  client_id: 'test-client',
  client_secret: 'test-secret-123',
  grant_type: 'client_credentials',
});
const asksForToken = post(`${BASE}/token`, { 'Content-Type': 'application/json' }, form);
const asks = (token: string): string =>
  post(`${BASE}/validate`, { Authorization: `Bearer ${token}`, 'X-Forwarded-For': USERS });

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
  const compare = async (name: string, next: () => string | undefined, bareNext = next): Promise<void> => {
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
  await compare('validate, 100 tokens', validate);
  await compare('validate, all anew', fresh);
  await compare('token', () => asksForToken);
  const left = tokens.slice(100);
  const revoke = (): string | undefined => {
    const token = left.pop();
    return token === undefined ? undefined : post(`${BASE}/revoke`, { Authorization: `Bearer ${token}` });
  };
  report('revoke (durable)', await run(service, revoke));
  report('revoke, 500/s', await run(service, revoke, 500));
  report('validate, 1000/s', await run(service, validate, 1_000));
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

async function issueTokens(target: Target, count: number): Promise<string[]> {
  const tokens: string[] = [];
  const clients = await Promise.all(Array.from({ length: 20 }, () => RawClient.open(target)));
  await Promise.all(
    clients.map(async (client) => {
      while (tokens.length < count) {
        const status = await client.send(asksForToken);
        if (status !== 200) throw new Error(`token answered ${status}`);
        tokens.push((JSON.parse(client.body) as { access_token: string }).access_token);
      }
      client.close();
    }),
  );
  return tokens;
}

const targetOf = ({ file }: RunningSuite): Target => ({
  port: Number(new URL(file.urls.authService).port),
  ca: readFileSync(file.caFile, 'utf8'),
});
