import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type ChainedEvent, chained } from './audit-event.js';
import { AuditQueue } from './audit-queue.js';

const WAITING = 100_000;

describe('events that wait for the database', () => {
  let away: boolean;
  let errors: string[];
  let written: string[];
  let queue: AuditQueue;
  beforeEach(() => {
    jest.useFakeTimers();
    away = true;
    errors = [];
    written = [];
    const database = {
      transaction: async (_isolation: string, work: (tx: unknown) => Promise<void>) => {
        if (away) throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
        await work(undefined);
      },
    };
    const store = {
      append: (_tx: unknown, events: readonly ChainedEvent[]) => {
        written.push(...events.map(({ text }) => text));
        return Promise.resolve();
      },
    };
    queue = new AuditQueue(database as never, store as never, { error: (text: string) => errors.push(text) } as never);
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const add = (from: number, to: number): void => {
    const event = { who: 'alice', outcome: 'success', status: 200, request_id: '' } as const;
    for (let at = from; at < to; at += 1) queue.add(chained({ ...event, operation: String(at) }));
  };

  it('are kept in their order; those that find the queue full are counted in the chain, and said on the log once', async () => {
    add(0, WAITING);
    await queue.flush();
    add(WAITING, WAITING + 3);
    expect(written).toEqual([]);
    expect(errors).toEqual([`More than ${WAITING} audit events wait for the database.`]);
    away = false;
    await queue.flush();
    const events = written.map((text) => JSON.parse(text) as { operation: string; calls?: number });
    const isLeftOut = ({ operation }: { operation: string }) => operation === 'events left out';
    expect(events.filter((event) => !isLeftOut(event)).map(({ operation }) => operation)).toEqual(
      Array.from({ length: WAITING }, (_, at) => String(at)),
    );
    expect(events.filter(isLeftOut)).toMatchObject([{ who: 'kms', calls: 3, outcome: 'failed' }]);
  });

  it('are all written when more come while some are being written', async () => {
    add(0, 10);
    away = false;
    const flushed = queue.flush();
    add(10, 12);
    await flushed;
    await queue.flush();
    expect(written).toHaveLength(12);
  });
});
