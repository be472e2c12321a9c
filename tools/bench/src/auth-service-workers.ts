import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSuite, type RunningSuite } from '@cryptoutil/cli';
import { asks, asksForToken, issueTokens, targetOf } from './auth-service-requests.js';
import type { Measured } from './bare-process.js';
import { limitCpu } from './cpu-share.js';
import { load, together, type LoadResult } from './load.js';
import { childrenOf, residentMiB } from './process-cpu.js';
import { report } from './report.js';

export interface WorkersBenchOptions {
  readonly seconds: number;
  readonly connections: number;
  /** Processes that serve, compared with one. */
  readonly workers: number;
  /** Part of one core that each serving process gets, so that there are as many "cores" as workers; undefined: no limit. */
  readonly share: number | undefined;
}

/** The machine's speed drifts; what is compared is measured in turns. */
const TURNS = 4;

/** Measures the Auth Service served by one process and by several, each in a suite of its own, in turns. The ratio is that of the totals per second. */
export async function benchWorkers(options: WorkersBenchOptions): Promise<void> {
  const suites: RunningSuite[] = [];
  const limits: (() => void)[] = [];
  try {
    for (const workers of [1, options.workers]) suites.push(await suiteWith(workers));
    const [one, several] = suites.map((suite): Measured => ({ target: targetOf(suite), pid: suite.file.pids.authz }));
    const serving = [one!.pid, ...childrenOf(several!.pid)];
    if (options.share !== undefined) for (const pid of serving) limits.push(limitCpu(pid, options.share));
    await compare(options, one!, several!);
  } finally {
    for (const suite of suites) await suite.remove();
    for (const remove of limits) remove();
  }
}

async function suiteWith(workers: number): Promise<RunningSuite> {
  const home = await mkdtemp(join(tmpdir(), 'cryptoutil-bench-'));
  const settings = { authz: { CRYPTOUTIL_AUTH_SERVICE_WORKERS: String(workers) } };
  return startSuite({ home, ports: { authz: 0, idp: 0, rs: 0, kms: 0, postgres: 0 }, settings });
}

async function compare(options: WorkersBenchOptions, one: Measured, several: Measured): Promise<void> {
  const { seconds, connections } = options;
  for (const [name, requests] of [
    ['validate', (tokens: string[]) => tokens.map(asks)],
    ['token', () => [asksForToken]],
  ] as const) {
    const run = async (measured: Measured): Promise<(time: number) => Promise<LoadResult>> => {
      const given = requests(await issueTokens(measured.target, 100));
      let count = 0;
      const next = (): string => given[(count += 1) % given.length]!;
      return (time) => load({ ...measured, connections, seconds: time, next });
    };
    const [single, shared] = [await run(one), await run(several)];
    await single(1);
    await shared(1);
    const turns: [LoadResult, LoadResult][] = [];
    for (let turn = 0; turn < TURNS; turn += 1)
      turns.push([await single(seconds / TURNS), await shared(seconds / TURNS)]);
    const base = together(turns.map(([result]) => result));
    report(`${name}, 1 process`, base);
    const more = together(turns.map(([, result]) => result));
    report(`${name}, ${options.workers} workers`, more);
    console.log(`${' '.repeat(27)}  in total ${(more.perSecond / base.perSecond).toFixed(2)}× of one process`);
  }
  const memory = [one.pid, ...childrenOf(several.pid)].map((pid) => residentMiB(pid).toFixed(0));
  console.log(`memory in MiB: one process ${memory[0]}, each worker ${memory.slice(1).join(' ')}`);
}
