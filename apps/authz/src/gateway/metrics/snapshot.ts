/** Everything a metric knows, as plain data that processes can hand to each other. */
export interface MetricSnapshot {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** How the values of several processes become one. */
  readonly merge: Merge;
  /** Each series as it is written, with its value. */
  readonly series: readonly (readonly [string, number])[];
}

export type Merge = 'sum' | 'min' | 'max';

const merges: Record<Merge, (one: number, other: number) => number> = {
  sum: (one, other) => one + other,
  min: Math.min,
  max: Math.max,
};

/** Several processes' metrics as those of one. */
export function merged(processes: readonly (readonly MetricSnapshot[])[]): MetricSnapshot[] {
  const all = new Map<string, { metric: MetricSnapshot; values: Map<string, number> }>();
  for (const metric of processes.flat()) {
    let known = all.get(metric.name);
    if (!known) all.set(metric.name, (known = { metric, values: new Map() }));
    for (const [series, value] of metric.series) {
      const before = known.values.get(series);
      known.values.set(series, before === undefined ? value : merges[metric.merge](before, value));
    }
  }
  return [...all.values()].map(({ metric, values }) => ({ ...metric, series: [...values] }));
}

/** Prometheus text format 0.0.4. */
export function expositionOf(metrics: readonly MetricSnapshot[]): string {
  const lines = metrics.flatMap(({ name, help, type, series }) => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...series.map(([written, value]) => `${written} ${value}`),
  ]);
  return `${lines.join('\n')}\n`;
}
