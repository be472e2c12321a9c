import { meter } from '@cryptoutil/telemetry';
import type { PoolFigures } from './key-pool.js';

type ObservedFigure = 'ready' | 'depth' | 'generated' | 'missed' | 'hits';

/** Tells the figures of the pools to OpenTelemetry whenever it reads, by `kind`, and how long each refill took. */
export function observeKeyPools(figures: () => readonly PoolFigures[], metrics = meter()) {
  const gauge = (figure: ObservedFigure, description: string) =>
    metrics.createObservableGauge(`cryptoutil.kms.key_pool.${figure}`, { description });
  const counter = (figure: string, description: string) =>
    metrics.createObservableCounter(`cryptoutil.kms.key_pool.${figure}`, { description });
  const observed = {
    ready: gauge('ready', 'Keys that wait to be taken'),
    depth: gauge('depth', 'Keys that a pool holds when it is full'),
    generated: counter('generated', 'Keys made since the process started'),
    hits: counter('hits', 'Keys that were ready when somebody asked'),
    missed: counter('misses', 'Keys that had to be made while somebody waited'),
  };
  const refills = metrics.createHistogram('cryptoutil.kms.key_pool.refill.duration', {
    unit: 's',
    description: 'Time from the first key that a pool lacked until it was full again',
    advice: { explicitBucketBoundaries: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120] },
  });
  const instruments = Object.values(observed);
  const read: Parameters<typeof metrics.addBatchObservableCallback>[0] = (result) => {
    for (const { kind, taken, ...pool } of figures()) {
      const told: Record<ObservedFigure, number> = { ...pool, hits: taken - pool.missed };
      for (const [figure, instrument] of Object.entries(observed))
        result.observe(instrument, told[figure as ObservedFigure], { kind });
    }
  };
  metrics.addBatchObservableCallback(read, instruments);
  return {
    refilled: (kind: string, seconds: number): void => refills.record(seconds, { kind }),
    end: (): void => metrics.removeBatchObservableCallback(read, instruments),
  };
}
