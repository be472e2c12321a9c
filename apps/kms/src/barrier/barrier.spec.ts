import { describe, expect, it } from '@jest/globals';
import { randomBytes } from '@cryptoutil/crypto';
import { Barrier } from './barrier.js';

const place = { table: 't', tenant: 'a', keyId: 'k', version: 1, column: 'c', epoch: 1 };
const keys = () => ({
  intermediate: randomBytes(32),
  intermediateEpoch: 1,
  content: new Map([[1, randomBytes(32)]]),
  contentEpoch: 1,
});

describe('barrier', () => {
  it('neither opens nor seals anything while locked', () => {
    const barrier = new Barrier();
    const sealed = expect.objectContaining({ code: 'sealed' });
    expect(barrier.locked).toBe(true);
    expect(() => barrier.seal(place, Buffer.from('x'))).toThrow(sealed);
    expect(() => barrier.open(place, Buffer.from('x'))).toThrow(sealed);
    expect(() => barrier.contentEpoch).toThrow(sealed);
    expect(() => barrier.requireUnlocked()).toThrow(sealed);
  });

  it('opens what it sealed, until it is locked', () => {
    const barrier = new Barrier();
    barrier.unlock(keys());
    const sealed = barrier.seal(place, Buffer.from('x'));
    expect(barrier.open(place, sealed).toString()).toBe('x');
    barrier.lock();
    expect(() => barrier.open(place, sealed)).toThrow(expect.objectContaining({ code: 'sealed' }));
  });

  it('zeroes its keys when locked, and tells those who hold what they opened', () => {
    const barrier = new Barrier();
    const held = keys();
    let forgotten = 0;
    barrier.onLock(() => (forgotten += 1));
    barrier.unlock(held);
    const before = forgotten;
    barrier.lock();
    expect(forgotten).toBe(before + 1);
    expect(held.intermediate).toEqual(Buffer.alloc(32));
    expect(held.content.get(1)).toEqual(Buffer.alloc(32));
  });

  it('answers integrity for an epoch that it has no key of', () => {
    const barrier = new Barrier();
    barrier.unlock(keys());
    expect(() => barrier.open({ ...place, epoch: 2 }, Buffer.alloc(40))).toThrow(
      expect.objectContaining({ code: 'integrity' }),
    );
  });
});
