import type { Sample } from './backup-samples.js';

const units: Readonly<Record<string, string>> = { s: '_seconds', By: '_bytes', '1': '' };

/** Samples in Prometheus' text format (0.0.4), under the names that its OpenTelemetry endpoint would give them. */
export function prometheusText(samples: readonly Sample[]): string {
  return samples
    .map(({ name, unit, description, value, operation }) => {
      const full = `${name.replaceAll('.', '_')}${units[unit] ?? ''}`;
      const label = operation === undefined ? '' : `{operation="${operation}"}`;
      return `# HELP ${full} ${description}\n# TYPE ${full} gauge\n${full}${label} ${value}\n`;
    })
    .join('');
}
