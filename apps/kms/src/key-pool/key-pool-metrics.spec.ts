import type { meter } from '@cryptoutil/telemetry';
import { describe, expect, it } from '@jest/globals';
import { observeKeyPools } from './key-pool-metrics.js';

type Meter = ReturnType<typeof meter>;

/** A meter that keeps what it is told. */
function keptMeter() {
  const recorded: unknown[] = [];
  const callbacks = new Set<(result: object) => void>();
  const instrument = (name: string) => ({
    name,
    record: (value: number, labels: object) => recorded.push([name, value, labels]),
  });
  const metrics = {
    createObservableGauge: instrument,
    createObservableCounter: instrument,
    createHistogram: instrument,
    addBatchObservableCallback: (callback: (result: object) => void) => callbacks.add(callback),
    removeBatchObservableCallback: (callback: (result: object) => void) => callbacks.delete(callback),
  } as unknown as Meter;
  const collect = () => {
    const seen: Record<string, number> = {};
    const observe = ({ name }: { name: string }, value: number, { kind }: { kind: string }) =>
      (seen[`${name} ${kind}`] = value);
    callbacks.forEach((callback) => callback({ observe }));
    return seen;
  };
  return { metrics, collect, recorded };
}

describe('figures of key pools', () => {
  it('are told by kind: depth, ready, generated, hits and misses', () => {
    const { metrics, collect } = keptMeter();
    const figures = [{ kind: 'RSA-2048', depth: 4, ready: 3, generated: 9, taken: 6, missed: 2, refillMs: null }];
    const observing = observeKeyPools(() => figures, metrics);
    expect(collect()).toEqual({
      'cryptoutil.kms.key_pool.ready RSA-2048': 3,
      'cryptoutil.kms.key_pool.depth RSA-2048': 4,
      'cryptoutil.kms.key_pool.generated RSA-2048': 9,
      'cryptoutil.kms.key_pool.hits RSA-2048': 4,
      'cryptoutil.kms.key_pool.misses RSA-2048': 2,
    });
    observing.end();
    expect(collect()).toEqual({});
  });

  it('tell how long a refill took, in seconds', () => {
    const { metrics, recorded } = keptMeter();
    observeKeyPools(() => [], metrics).refilled('RSA-4096', 2.5);
    expect(recorded).toEqual([['cryptoutil.kms.key_pool.refill.duration', 2.5, { kind: 'RSA-4096' }]]);
  });
});
