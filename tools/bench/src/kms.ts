import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSuite, type RunningSuite } from '@cryptoutil/cli';
import { type Measured, startBare } from './bare-process.js';
import { profiled } from './cpu-profile.js';
import { load, together, type LoadResult } from './load.js';
import { untilQuiet } from './process-cpu.js';
import { get, post, RawClient, type Target } from './raw-client.js';
import { report } from './report.js';

export interface KmsBenchOptions {
  readonly seconds: number;
  readonly connections: number;
  /** Only the loads whose name contains this; all when empty. */
  readonly only: string;
  /** Folder for a .cpuprofile of each load; profiling costs a little, so no figures are taken then. */
  readonly profile: string | undefined;
}

const BATCH = 100;
/** The machine's speed drifts; what is compared is measured in turns. */
const TURNS = 5;
/** Requests, or items, until V8 has compiled what a load runs; for half a minute at most. */
const WARM_UP = { requests: 20_000, seconds: 30 };
const KEYS = '/service/api/v1/elastic-keys';
const bytes = (count: number) => Buffer.alloc(count, 'kms').toString('base64url');

/** Measures the kms of a suite of its own, as a client with an access token sees it, against a bare node:https handler. */
export async function benchKms(options: KmsBenchOptions): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'cryptoutil-bench-'));
  const suite = await startSuite({ home, ports: { authz: 0, idp: 0, rs: 0, kms: 0, postgres: 0 } });
  try {
    const [bare, alone] = [await startBare(home, 'kms'), await startBare(home, 'kms', 'node-alone-server')];
    try {
      await measure(options, suite, bare, alone);
    } finally {
      bare.stop();
      alone.stop();
    }
  } finally {
    await suite.remove();
  }
}

async function measure(options: KmsBenchOptions, suite: RunningSuite, bare: Measured, alone: Measured): Promise<void> {
  const kms = { target: { ...bare.target, port: portOf(suite.file.urls.kms) }, pid: suite.file.pids.kms };
  const token = await accessToken(suite, bare.target);
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
  const asking = (path: string, body: object) => post(`${KEYS}/${path}`, headers, JSON.stringify(body));
  const client = await RawClient.open(kms.target);
  const ask = async <T>(request: string): Promise<T> => {
    const status = await client.send(request);
    if (status >= 300) throw new Error(`the kms answered ${status}: ${client.body}`);
    return JSON.parse(client.body) as T;
  };
  const create = async (algorithm: string) =>
    (await ask<{ id: string }>(post(KEYS, headers, JSON.stringify({ name: `bench ${algorithm}`, algorithm })))).id;
  const [wrapping, signing] = [await create('A256KW+A256GCM'), await create('ES256')];
  const kibibyte = { plaintext: bytes(1024), context: 'bench' };
  const { jwe } = await ask<{ jwe: string }>(asking(`${wrapping}/encrypt`, kibibyte));
  const batchOf = (item: object) => ({ items: Array.from({ length: BATCH }, () => item) });
  const requests: [name: string, request: string, items: number][] = [
    ['encrypt 1 KiB', asking(`${wrapping}/encrypt`, kibibyte), 1],
    ['decrypt 1 KiB', asking(`${wrapping}/decrypt`, { jwe, context: 'bench' }), 1],
    ['ES256 sign', asking(`${signing}/sign`, { signing_input: bytes(256) }), 1],
    ['encrypt:batch 32 B', asking(`${wrapping}/encrypt:batch`, batchOf({ plaintext: bytes(32) })), BATCH],
    ['encrypt:batch 1 KiB', asking(`${wrapping}/encrypt:batch`, batchOf({ plaintext: bytes(1024) })), BATCH],
    ['ES256 sign:batch', asking(`${signing}/sign:batch`, batchOf({ signing_input: bytes(256) })), BATCH],
  ];
  client.close();
  const run = (measured: Measured, request: string, seconds = options.seconds) =>
    load({ ...measured, connections: options.connections, seconds, next: () => request });
  // A kms that has just been started makes keys in advance, off the event loop: that is no part of an operation.
  await untilQuiet(kms.pid);
  for (const [name, request, items] of requests.filter(([each]) => each.includes(options.only))) {
    const compared = name.startsWith('decrypt') ? [bare] : [bare, alone];
    for (const each of compared) await run(each, request, 1);
    let left = WARM_UP.requests / items;
    const warming = (): string | undefined => ((left -= 1) >= 0 ? request : undefined);
    await load({ ...kms, connections: options.connections, seconds: WARM_UP.seconds, next: warming });
    if (options.profile !== undefined) {
      const file = join(options.profile, `${name.replaceAll(/[^a-z0-9]+/gi, '-')}.cpuprofile`);
      await profiled(kms.pid, file, () => run(kms, request));
      continue;
    }
    const turns: LoadResult[][] = [];
    for (let turn = 0; turn < TURNS; turn += 1) {
      turns.push([]);
      for (const each of [kms, ...compared]) turns.at(-1)!.push(await run(each, request, options.seconds / TURNS));
    }
    const [result, base, floor] = turns[0]!.map((_, at) => together(turns.map((results) => results[at]!)));
    report(`bare, ${Buffer.byteLength(request)} bytes`, base!, base);
    if (floor) report('the same, by Node alone', floor, base);
    report(name, result!, base);
    if (floor)
      console.log(`${''.padEnd(46)}${(result!.perCoreSecond / floor.perCoreSecond).toFixed(2)}× of Node alone`);
    if (items > 1) reportItems(result!, items);
  }
}

const reportItems = ({ perSecond, perCoreSecond }: LoadResult, items: number): void =>
  console.log(
    `${''.padEnd(22)}${(perSecond * items).toFixed(0).padStart(8)} items/s ${(perCoreSecond * items).toFixed(0)} items/core·s`,
  );

const portOf = (url: string): number => Number(new URL(url).port);

async function accessToken({ file }: RunningSuite, { ca }: Target): Promise<string> {
  const client = await RawClient.open({ port: portOf(file.urls.authz), ca });
  await client.send(get('/.well-known/openid-configuration'));
  const { token_endpoint: endpoint } = JSON.parse(client.body) as { token_endpoint: string };
  const { client_id: id = '', client_secret: secret = '' } = file.clients.service ?? {};
  const form = { grant_type: 'client_credentials', scope: SCOPES, resource: file.urls.kms };
  const status = await client.send(
    post(
      new URL(endpoint).pathname,
      {
        Authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
        'Content-Type': 'application/x-www-form-urlencoded',
      },
      new URLSearchParams(form).toString(),
    ),
  );
  if (status !== 200) throw new Error(`the token endpoint answered ${status}: ${client.body}`);
  client.close();
  return (JSON.parse(client.body) as { access_token: string }).access_token;
}

const SCOPES = 'kms:write kms:encrypt kms:decrypt kms:sign';
