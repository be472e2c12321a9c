import { RawClient, type Target } from './raw-client.js';
import { cpuSeconds } from './process-cpu.js';

export interface LoadOptions {
  readonly target: Target;
  /** The process that answers. */
  readonly pid: number;
  readonly connections: number;
  readonly seconds: number;
  /** The bytes of the next request; undefined ends the load early. */
  readonly next: () => string | undefined;
  /** Requests a second of all connections together; as many as possible when absent. */
  readonly perSecond?: number;
}

export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** Of the answering process. */
  readonly cpuSeconds: number;
  /** Of each request, sorted. */
  readonly latenciesMs: readonly number[];
  /** Answers other than 200, by status. */
  readonly others: Readonly<Record<string, number>>;
  readonly perSecond: number;
  /** Requests that one core of the answering process would do in a second. */
  readonly perCoreSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Keeps connections busy for some seconds and measures the process that answers. */
export async function load(options: LoadOptions): Promise<LoadResult> {
  const clients = await Promise.all(Array.from({ length: options.connections }, () => RawClient.open(options.target)));
  const latencies: number[] = [];
  const others: Record<string, number> = {};
  const cpu = cpuSeconds(options.pid);
  const begun = performance.now();
  const until = begun + options.seconds * 1_000;
  let sent = 0;
  const work = async (client: RawClient): Promise<void> => {
    for (;;) {
      if (options.perSecond !== undefined) {
        const due = begun + (sent / options.perSecond) * 1_000;
        sent += 1;
        const early = due - performance.now();
        if (early > 0) await new Promise((settle) => setTimeout(settle, early));
      }
      const at = performance.now();
      const request = at < until ? options.next() : undefined;
      if (request === undefined) return;
      const status = await client.send(request);
      latencies.push(performance.now() - at);
      if (status !== 200) others[status] = (others[status] ?? 0) + 1;
    }
  };
  await Promise.all(clients.map(work));
  const seconds = (performance.now() - begun) / 1_000;
  const used = cpuSeconds(options.pid) - cpu;
  clients.forEach((client) => client.close());
  return summary({ seconds, cpuSeconds: used, latenciesMs: latencies, others });
}

/** Several results of the same load as one. */
export function together(results: readonly LoadResult[]): LoadResult {
  const others: Record<string, number> = {};
  for (const result of results)
    for (const [status, count] of Object.entries(result.others)) others[status] = (others[status] ?? 0) + count;
  const sum = (read: (result: LoadResult) => number): number => results.reduce((all, result) => all + read(result), 0);
  return summary({
    seconds: sum(({ seconds }) => seconds),
    cpuSeconds: sum(({ cpuSeconds: used }) => used),
    latenciesMs: results.flatMap(({ latenciesMs }) => latenciesMs),
    others,
  });
}

function summary(raw: Pick<LoadResult, 'seconds' | 'cpuSeconds' | 'latenciesMs' | 'others'>): LoadResult {
  const latenciesMs = [...raw.latenciesMs].sort((one, other) => one - other);
  const quantile = (share: number): number => latenciesMs[Math.floor(latenciesMs.length * share)] ?? Number.NaN;
  return {
    ...raw,
    latenciesMs,
    requests: latenciesMs.length,
    perSecond: latenciesMs.length / raw.seconds,
    perCoreSecond: latenciesMs.length / raw.cpuSeconds,
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
  };
}
