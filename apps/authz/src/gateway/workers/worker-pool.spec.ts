import { EventEmitter, once } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { createLogger } from '@cryptoutil/telemetry';
import type { MetricSnapshot } from '../metrics/snapshot.js';
import { FrontLink } from './front-link.js';
import type { FromWorker, ToWorker } from './messages.js';
import { WorkerPool } from './worker-pool.js';

const logger = createLogger({ service: 'test', level: 'silent' });
const counted = (value: number): MetricSnapshot[] => [
  { name: 'made', help: 'Made', type: 'counter', merge: 'sum', series: [['made{a="b"}', value]] },
  { name: 'age', help: 'Age', type: 'gauge', merge: 'max', series: [['age', value]] },
  { name: 'live', help: 'Live', type: 'gauge', merge: 'min', series: [['live', value]] },
];

/** A worker without a process: it answers like one. */
class FakeWorker extends EventEmitter {
  connected = true;
  exitCode: number | null = null;
  readonly told: ToWorker[] = [];
  readonly signals: unknown[] = [];

  constructor(
    readonly pid: number,
    readonly value: number | undefined,
  ) {
    super();
  }

  send(message: ToWorker): void {
    this.told.push(message);
    if (message.kind === 'snapshots-wanted' && this.value !== undefined)
      this.say({ kind: 'snapshots', snapshots: counted(this.value) });
  }

  say(message: FromWorker): void {
    queueMicrotask(() => this.emit('message', message));
  }

  kill(signal: NodeJS.Signals): void {
    this.signals.push(signal);
    this.end(0);
  }

  end(code: number): void {
    this.connected = false;
    queueMicrotask(() => this.emit('exit', code, null));
  }
}

function poolOf(count: number, values: (number | undefined)[] = []) {
  const forked: FakeWorker[] = [];
  const news = new EventEmitter();
  const fork = (): ChildProcess => {
    const worker = new FakeWorker(forked.length + 1, values[forked.length]);
    forked.push(worker);
    news.emit('forked', worker);
    return worker as unknown as ChildProcess;
  };
  const pool = new WorkerPool({ count, fork, logger, firstDelayMs: 1, lastDelayMs: 4 });
  const start = async (): Promise<void> => {
    const started = pool.start();
    for (const worker of forked) worker.say({ kind: 'ready', url: 'https://localhost:1' });
    await started;
  };
  return { pool, forked, news, start };
}

describe('the pool of workers', () => {
  it('serves when all of them do', async () => {
    const { pool, start } = poolOf(2);
    await start();
    expect([pool.url, pool.pids]).toEqual(['https://localhost:1', [1, 2]]);
    await pool.stop('SIGTERM');
    expect(pool.pids).toEqual([]);
  });

  it('does not start when one of them cannot, and leaves none behind', async () => {
    const { pool, forked } = poolOf(2);
    const started = pool.start();
    forked[0]!.say({ kind: 'ready', url: 'x' });
    forked[1]!.end(1);
    await expect(started).rejects.toThrow('could not start its workers');
    expect([pool.pids, forked[0]!.signals]).toEqual([[], ['SIGINT']]);
  });

  it('replaces one that ends, as often as it ends', async () => {
    const { pool, forked, news, start } = poolOf(1);
    await start();
    for (let count = 0; count < 4; count += 1) {
      const next = once(news, 'forked');
      forked.at(-1)!.end(1);
      await next;
    }
    expect(await pool.page()).toMatch(/^auth_server_worker_restarts_total 4$/m);
    await pool.stop('SIGTERM');
    expect(forked).toHaveLength(5);
  });

  it('replaces none once all are told to end', async () => {
    const { pool, forked, start } = poolOf(1);
    await start();
    pool.expectEnd();
    forked[0]!.end(0);
    await pool.stop('SIGTERM');
    expect(forked).toHaveLength(1);
  });

  it('shows the metrics of all as one, and keeps the counts of those that have ended', async () => {
    const { pool, forked, news, start } = poolOf(2, [2, 3, 10]);
    await start();
    const page = await pool.page();
    expect(page).toContain('# TYPE made counter\nmade{a="b"} 5\n');
    expect(page).toMatch(/^age 3$/m);
    expect(page).toMatch(/^live 2$/m);
    expect(page).toMatch(/^auth_server_workers 2$/m);
    const next = once(news, 'forked');
    forked[0]!.end(1);
    await next;
    const later = await pool.page();
    expect(later).toMatch(/^made\{a="b"\} 15$/m);
    expect(later).toMatch(/^age 10$/m);
    await pool.stop('SIGTERM');
  });

  it('answers a worker that is asked for the metrics', async () => {
    const { pool, forked, start } = poolOf(2, [2, 3]);
    await start();
    forked[0]!.emit('message', { kind: 'page-wanted', question: 7 } satisfies FromWorker);
    while (!forked[0]!.told.some(({ kind }) => kind === 'page')) await new Promise(setImmediate);
    expect(forked[0]!.told.at(-1)).toMatchObject({ question: 7, text: expect.stringContaining('made{a="b"} 5') });
    await pool.stop('SIGTERM');
  });
});

describe('a worker’s line to the process that started it', () => {
  function lineTo(answer: (message: FromWorker) => ToWorker | undefined) {
    const events = new EventEmitter();
    const said: FromWorker[] = [];
    const line = {
      on: (event: 'message', hear: (message: ToWorker) => void) => events.on(event, hear),
      send(message: FromWorker) {
        said.push(message);
        const reply = answer(message);
        if (reply) queueMicrotask(() => events.emit('message', reply));
      },
    };
    return { link: new FrontLink(line, { snapshots: () => counted(1) }), said, events };
  }

  it('asks for the metrics of all workers', async () => {
    const { link, said } = lineTo((message) =>
      message.kind === 'page-wanted' ? { kind: 'page', question: message.question, text: 'all' } : undefined,
    );
    link.ready('https://localhost:1');
    expect([await link.text(), await link.text()]).toEqual(['all', 'all']);
    expect(said.map(({ kind }) => kind)).toEqual(['ready', 'page-wanted', 'page-wanted']);
  });

  it('gives its own when asked, and shows them when nobody answers', async () => {
    const { link, said, events } = lineTo(() => undefined);
    events.emit('message', { kind: 'snapshots-wanted' } satisfies ToWorker);
    expect(said[0]).toEqual({ kind: 'snapshots', snapshots: counted(1) });
    expect(await link.text()).toContain('made{a="b"} 1');
  });
});
