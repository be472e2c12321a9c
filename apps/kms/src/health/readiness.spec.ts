import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Readiness } from './readiness.js';

const readiness = (initialized: () => Promise<boolean>, ready = true) => {
  let asked = 0;
  const store = { initialized: () => ((asked += 1), initialized()) };
  const subject = new Readiness(store as never, { ready } as never);
  return { subject, asked: () => asked };
};
const hangs = () => new Promise<never>(() => undefined);

describe('readiness', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it.each([
    [true, true, 'ready'],
    [true, false, 'sealed'],
    [false, false, 'uninitialized'],
  ])('with initialized %s and unsealed %s is %s', async (initialized, ready, status) => {
    expect(await readiness(() => Promise.resolve(initialized), ready).subject.status()).toBe(status);
  });

  it('is database at once when the database refuses, even if it answered a moment ago', async () => {
    let down = false;
    const { subject } = readiness(() => (down ? Promise.reject(new Error('down')) : Promise.resolve(true)));
    expect(await subject.status()).toBe('ready');
    down = true;
    expect(await subject.status()).toBe('database');
  });

  it('is database when the database hangs from the first question on', async () => {
    const answer = readiness(hangs).subject.status();
    await jest.advanceTimersByTimeAsync(80);
    expect(await answer).toBe('database');
  });

  it('uses the last answer while the database is only slow, asks it one question at a time, and says database after five seconds', async () => {
    let slow = false;
    const { subject, asked } = readiness(() => (slow ? hangs() : Promise.resolve(true)));
    expect(await subject.status()).toBe('ready');
    slow = true;
    const answers = Promise.all([subject.status(), subject.status(), subject.status()]);
    await jest.advanceTimersByTimeAsync(80);
    expect(await answers).toEqual(['ready', 'ready', 'ready']);
    expect(asked()).toBe(2);
    await jest.advanceTimersByTimeAsync(5000);
    const later = subject.status();
    await jest.advanceTimersByTimeAsync(80);
    expect(await later).toBe('database');
  });

  it('asks by itself from the start on, until the service stops', async () => {
    const { subject, asked } = readiness(() => Promise.resolve(true));
    await subject.onApplicationBootstrap();
    expect(asked()).toBe(1);
    await jest.advanceTimersByTimeAsync(6000);
    expect(asked()).toBe(4);
    subject.onApplicationShutdown();
    await jest.advanceTimersByTimeAsync(6000);
    expect(asked()).toBe(4);
  });
});
