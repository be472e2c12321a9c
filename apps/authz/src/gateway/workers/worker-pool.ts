import type { ChildProcess } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { ConfigurationError } from '@cryptoutil/config';
import type { Logger } from '@cryptoutil/telemetry';
import { Counter, Gauge } from '../metrics/exposition.js';
import { expositionOf, merged, type MetricSnapshot } from '../metrics/snapshot.js';
import { PoolWorker } from './pool-worker.js';

interface PoolOptions {
  readonly count: number;
  readonly fork: () => ChildProcess;
  readonly logger: Logger;
  /** First wait before a worker that ended is replaced; doubled each time, up to the last. */
  readonly firstDelayMs?: number;
  readonly lastDelayMs?: number;
}

/** A worker that has served this long did not end for a reason that hits the next one at once. */
const SETTLED_MS = 60_000;

/** The processes that serve the API. One that ends is replaced, after a wait that grows while they keep ending. */
export class WorkerPool {
  private readonly workers = new Set<PoolWorker>();
  /** Counts of workers that have ended: sums must not fall. */
  private retired: MetricSnapshot[] = [];
  private readonly restarts = new Counter('auth_server_worker_restarts_total', 'Workers that ended and were replaced');
  private readonly running = new Gauge('auth_server_workers', 'Processes that serve', () => this.workers.size, 'sum');
  private readonly stopping = new AbortController();
  private endings = 0;
  private address = '';

  constructor(private readonly options: PoolOptions) {}

  /** Base URL of the API, without a trailing slash. */
  get url(): string {
    return this.address;
  }

  /** The processes that serve now. */
  get pids(): number[] {
    return [...this.workers].flatMap(({ pid }) => pid ?? []);
  }

  /** Resolves when all serve. Rejects with ConfigurationError when one ends before that; then none is left. */
  async start(): Promise<void> {
    const first = Array.from({ length: this.options.count }, () => this.fork());
    const urls = await Promise.all(
      first.map((worker) => Promise.race([worker.ready, worker.ended.then(() => undefined)])),
    );
    if (urls.includes(undefined)) {
      await this.stop('SIGINT');
      throw new ConfigurationError(['The Auth Service could not start its workers; what they wrote says why.']);
    }
    this.address = urls[0]!;
    for (const worker of first) void this.watch(worker);
    this.options.logger.info({ url: this.address, workers: this.pids }, 'the Auth Service is served by workers');
  }

  /** Stops them all; each finishes what is in flight, as the service does at this signal. */
  async stop(signal: 'SIGTERM' | 'SIGINT'): Promise<void> {
    this.stopping.abort();
    await Promise.all([...this.workers].map((worker) => worker.stop(signal)));
  }

  /** Whoever sends a signal to all processes of the service means that no worker is to be replaced. */
  expectEnd(): void {
    this.stopping.abort();
  }

  /** The metrics of all workers as one page. */
  async page(): Promise<string> {
    await Promise.all([...this.workers].map((worker) => worker.refresh()));
    const own = [this.running.snapshot(), this.restarts.snapshot()];
    return expositionOf(merged([...[...this.workers].map(({ snapshots }) => snapshots), this.retired, own]));
  }

  private fork(): PoolWorker {
    const worker = new PoolWorker(this.options.fork(), () => this.page());
    this.workers.add(worker);
    void worker.ended.then(() => {
      this.workers.delete(worker);
      this.retired = merged([this.retired, worker.snapshots.filter(({ type }) => type !== 'gauge')]);
    });
    return worker;
  }

  private async watch(worker: PoolWorker): Promise<void> {
    const { logger, firstDelayMs = 200, lastDelayMs = 10_000 } = this.options;
    const begun = performance.now();
    const { code, signal } = await worker.ended;
    if (this.stopping.signal.aborted) return;
    this.endings = performance.now() - begun > SETTLED_MS ? 0 : this.endings;
    const delay = Math.min(firstDelayMs * 2 ** this.endings, lastDelayMs);
    this.endings += 1;
    logger.error(
      { pid: worker.pid, code, signal, delay_ms: delay },
      'a worker of the Auth Service ended; another follows',
    );
    await wait(delay, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    if (this.stopping.signal.aborted) return;
    this.restarts.add();
    void this.watch(this.fork());
  }
}
