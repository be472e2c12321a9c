import { describe, expect, it } from '@jest/globals';
import { Readiness } from './readiness.js';

const readiness = (initialized: () => Promise<boolean>, ready = true) => {
  let asked = 0;
  const store = { initialized: () => ((asked += 1), initialized()) };
  const subject = new Readiness(store as never, { ready } as never);
  return { subject, asked: () => asked };
};

describe('readiness', () => {
  it.each([
    [true, true, 'ready'],
    [true, false, 'sealed'],
    [false, false, 'uninitialized'],
  ])('with initialized %s and unsealed %s is %s', async (initialized, ready, status) => {
    expect(await readiness(() => Promise.resolve(initialized), ready).subject.status()).toBe(status);
  });

  it('is database when the database refuses, and when it hangs from the first question on', async () => {
    expect(await readiness(() => Promise.reject(new Error('down'))).subject.status()).toBe('database');
    expect(await readiness(() => new Promise(() => undefined)).subject.status()).toBe('database');
  });

  it('uses the last answer while the database is only slow, and asks it one question at a time', async () => {
    let hang = false;
    const { subject, asked } = readiness(() => (hang ? new Promise(() => undefined) : Promise.resolve(true)));
    expect(await subject.status()).toBe('ready');
    hang = true;
    expect(await Promise.all([subject.status(), subject.status(), subject.status()])).toEqual(['ready', 'ready', 'ready']);
    expect(asked()).toBe(2);
  });
});
