import { describe, expect, it } from '@jest/globals';
import { Barrier } from '../barrier/barrier.js';
import { MessageCounter, RESERVED_AT_ONCE } from './message-counter.js';

/** A stored counter whose answers arrive when the test says so. */
const counter = (start: number) => {
  let count = start;
  const answers: (() => void)[] = [];
  const store = {
    reserve: (_kid: string, wanted: number, limit: number) => {
      const reserved = Math.max(0, Math.min(wanted, limit - count));
      count += reserved;
      return new Promise<number>((resolve) => answers.push(() => resolve(reserved)));
    },
  };
  const barrier = new Barrier();
  return { subject: new MessageCounter(store as never, barrier), barrier, answers, count: () => count };
};
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('message counter', () => {
  it('lets exactly as many through as are left when all come at once', async () => {
    const { subject, answers } = counter(0);
    const outcomes = Array.from({ length: 40 }, () =>
      subject.take('kid', 20).then(
        () => 'taken',
        (error: { code: string }) => error.code,
      ),
    );
    while (answers.length > 0) {
      answers.shift()!();
      await turn();
    }
    const seen = await Promise.all(outcomes);
    expect(seen.filter((outcome) => outcome === 'taken')).toHaveLength(20);
    expect(seen.filter((outcome) => outcome === 'message_limit')).toHaveLength(20);
  });

  it('asks the database once for many messages, and again after the kms was sealed', async () => {
    const { subject, barrier, answers, count } = counter(0);
    const first = subject.take('kid', 2 ** 32);
    answers.shift()!();
    await first;
    for (let n = 1; n < RESERVED_AT_ONCE; n += 1) await subject.take('kid', 2 ** 32);
    expect(count()).toBe(RESERVED_AT_ONCE);
    barrier.lock();
    const next = subject.take('kid', 2 ** 32);
    answers.shift()!();
    await next;
    expect(count()).toBe(2 * RESERVED_AT_ONCE);
  });
});
