import { readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSuite, type RunningSuite } from '@cryptoutil/cli';
import { type Measured, startBare } from './bare-process.js';
import { load } from './load.js';
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

async function measure(options: BenchOptions, service: Measured, bare: Measured): Promise<void> {
  const { seconds, connections } = options;
  const tokens = await issueTokens(service.target, Math.max(20_000, seconds * 4_000));
  const run = (measured: Measured, next: () => string | undefined, perSecond?: number, time = seconds) =>
    load({ ...measured, connections, seconds: time, next, perSecond });
  const reading = asks(tokens[0]!);
  const few = tokens.slice(0, 100).map(asks);
  let count = 0;
  const validate = (): string => few[(count += 1) % few.length]!;
  await run(bare, () => reading, undefined, 2);
  await run(service, validate, undefined, 2);
  const base = await run(bare, () => reading);
  report('bare node:https', base, base);
  report('validate', await run(service, validate), base);
  const bareForm = await run(bare, () => asksForToken);
  report('bare, with body', bareForm, bareForm);
  report('token', await run(service, () => asksForToken), bareForm);
  const left = tokens.slice(100);
  const revoke = (): string | undefined => {
    const token = left.pop();
    return token === undefined ? undefined : post(`${BASE}/revoke`, { Authorization: `Bearer ${token}` });
  };
  report('revoke (durable)', await run(service, revoke), base);
  report('validate, 1000/s', await run(service, validate, 1_000), base);
  if (options.soakSeconds === 0) return;
  const before = residentMiB(service.pid);
  report(`soak, 100/s ${options.soakSeconds} s`, await run(service, validate, 100, options.soakSeconds), base);
  console.log(`memory: ${before.toFixed(0)} MiB before, ${residentMiB(service.pid).toFixed(0)} MiB after the soak`);
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
