import { createPrivateKey } from '@cryptoutil/crypto';
import { createLogger } from '@cryptoutil/telemetry';
import { describe, expect, it } from '@jest/globals';
import { Barrier } from '../barrier/barrier.js';
import { KeyPool } from './key-pool.js';

const pool = (depth: number) => {
  const barrier = new Barrier();
  const content = new Map([[1, Buffer.alloc(32)]]);
  const unlock = () =>
    barrier.unlock({ intermediate: Buffer.alloc(32), intermediateEpoch: 1, content, contentEpoch: 1 });
  return { barrier, unlock, subject: new KeyPool(barrier, depth, createLogger({ service: 'kms', level: 'silent' })) };
};
const bitsOf = (key: Buffer) =>
  createPrivateKey({ key, format: 'der', type: 'pkcs8' }).asymmetricKeyDetails?.modulusLength;

describe('key pool', () => {
  it('makes keys of every size in advance, gives each out once, and counts', async () => {
    const { unlock, subject } = pool(1);
    unlock();
    await subject.fill();
    expect(subject.figures.map(({ ready }) => ready)).toEqual([1, 1, 1]);
    const [first, second] = await Promise.all([subject.take(2048), subject.take(2048)]);
    expect(first.equals(second)).toBe(false);
    expect([first, second].map(bitsOf)).toEqual([2048, 2048]);
    expect(subject.figures[0]).toEqual({
      ...{ kind: 'RSA-2048', depth: 1, ready: 0 },
      ...{ generated: 2, taken: 2, missed: 1, refillMs: expect.any(Number) },
    });
  });

  it('makes nothing in advance while the kms is sealed', async () => {
    const { subject } = pool(1);
    await subject.fill();
    expect(subject.figures.every(({ generated, refillMs }) => generated === 0 && refillMs === null)).toBe(true);
  });

  it('zeroes and forgets its keys when the kms is sealed', async () => {
    const { barrier, unlock, subject } = pool(1);
    unlock();
    await subject.fill();
    barrier.lock();
    expect(subject.figures.map(({ ready }) => ready)).toEqual([0, 0, 0]);
  });

  it('is off with depth 0, and still gives keys', async () => {
    const { unlock, subject } = pool(0);
    unlock();
    await subject.fill();
    expect(bitsOf(await subject.take(2048))).toBe(2048);
    expect(subject.figures[0]).toMatchObject({ ready: 0, generated: 1, missed: 1 });
  });
});
