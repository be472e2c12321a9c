import { isSecretVariable } from '../checks/secret-variables.js';
import type { ServiceProcess } from './subject.js';

/** The settings of all processes, as `<process> <variable>`; a secret that should not be there is not repeated. */
export function settingsOf(processes: readonly ServiceProcess[]): Record<string, string> {
  const entries = processes
    .filter(({ running }) => running)
    .flatMap(({ id, environment }) =>
      Object.entries(environment)
        .filter(([name]) => /^(?:CRYPTOUTIL|OTEL)_/.test(name))
        .map(([name, value]) => [`${id} ${name}`, isSecretVariable(name, value) ? '(a secret)' : value] as const),
    );
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
