import type { Merge, MetricSnapshot } from './snapshot.js';

/** Labels of a series, in the order in which they are written. */
export type Labels = Readonly<Record<string, string>>;

/** Something that is measured. */
export interface Metric {
  snapshot(): MetricSnapshot;
}

/** The buckets of the contract, in seconds. */
export const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const escape = (value: string): string => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

/** Labels as they stand between the braces; prepare them once for series that are counted often. */
export function written(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escape(value)}"`);
  return pairs.join(',');
}

const series = (name: string, labels: string): string => (labels === '' ? name : `${name}{${labels}}`);

/** A count that only grows. */
export class Counter implements Metric {
  private readonly values = new Map<string, number>();

  constructor(
    private readonly name: string,
    private readonly help: string,
    /** Series that are there from the start, so that a rate can be computed of their first event. */
    initial: readonly Labels[] = [{}],
  ) {
    for (const labels of initial) this.values.set(written(labels), 0);
  }

  /** `labels` as `written` makes them. */
  add(labels = ''): void {
    this.values.set(labels, (this.values.get(labels) ?? 0) + 1);
  }

  snapshot(): MetricSnapshot {
    const { name, help } = this;
    const counts = [...this.values].map(([labels, value]) => [series(name, labels), value] as const);
    return { name, help, type: 'counter', merge: 'sum', series: counts };
  }
}

/** A value that is read when it is asked for. */
export class Gauge implements Metric {
  constructor(
    private readonly name: string,
    private readonly help: string,
    private readonly read: () => number,
    private readonly merge: Merge,
  ) {}

  snapshot(): MetricSnapshot {
    const { name, help, merge } = this;
    return { name, help, type: 'gauge', merge, series: [[name, this.read()]] };
  }
}

interface Distribution {
  readonly counts: number[];
  sum: number;
  count: number;
}

/** How long things took, in seconds. */
export class Histogram implements Metric {
  private readonly values = new Map<string, Distribution>();

  constructor(
    private readonly name: string,
    private readonly help: string,
  ) {}

  /** `labels` as `written` makes them. */
  observe(seconds: number, labels = ''): void {
    let distribution = this.values.get(labels);
    if (!distribution) this.values.set(labels, (distribution = { counts: BUCKETS.map(() => 0), sum: 0, count: 0 }));
    distribution.sum += seconds;
    distribution.count += 1;
    let bucket = 0;
    while (bucket < BUCKETS.length && seconds > BUCKETS[bucket]!) bucket += 1;
    if (bucket < BUCKETS.length) distribution.counts[bucket]! += 1;
  }

  snapshot(): MetricSnapshot {
    const { name, help } = this;
    const values = [...this.values].flatMap((entry) => this.distribution(...entry));
    return { name, help, type: 'histogram', merge: 'sum', series: values };
  }

  private distribution(labels: string, { counts, sum, count }: Distribution): (readonly [string, number])[] {
    let below = 0;
    const prefix = labels === '' ? '' : `${labels},`;
    return [
      ...BUCKETS.map((bound, at) => [`${this.name}_bucket{${prefix}le="${bound}"}`, (below += counts[at]!)] as const),
      [`${this.name}_bucket{${prefix}le="+Inf"}`, count],
      [series(`${this.name}_sum`, labels), sum],
      [series(`${this.name}_count`, labels), count],
    ];
  }
}
