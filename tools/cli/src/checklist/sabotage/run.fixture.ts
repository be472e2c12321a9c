import type { Phase } from '../check.js';
import { CheckContext, type CheckOptions } from '../context.js';
import type { DeploymentRecord } from '../record/record.js';
import { groups } from '../registry.js';
import { runChecks, selected, type CheckResult } from '../run/run-checks.js';
import type { ServiceProcess, Subject } from '../subject/subject.js';

/** Makes the named checks against a subject. */
export async function checked(
  subject: Subject,
  phase: Phase,
  only: readonly string[],
  options: Partial<CheckOptions> = {},
  earlier: readonly DeploymentRecord[] = [],
): Promise<CheckResult[]> {
  const context = new CheckContext(subject, phase, { loadSeconds: 1, loadRps: 20, ...options }, earlier);
  try {
    return await runChecks(selected(groups, phase, only), context, () => undefined);
  } finally {
    await context.close();
  }
}

/** The ids of those that failed. */
export const failedOf = (results: readonly CheckResult[]): string[] =>
  results.filter(({ verdict }) => verdict === 'failed').map(({ id }) => id);

/** The subject with something different about its processes. */
export const withProcesses = (subject: Subject, change: Partial<ServiceProcess>, service = 'rs'): Subject => ({
  ...subject,
  processes: async () =>
    (await subject.processes()).map((each) => (each.service === service ? { ...each, ...change } : each)),
});

/** The subject with further variables in the environment of a service. */
export const withEnvironment = (subject: Subject, variables: Record<string, string>, service = 'rs'): Subject => ({
  ...subject,
  processes: async () =>
    (await subject.processes()).map((each) =>
      each.service === service ? { ...each, environment: { ...each.environment, ...variables } } : each,
    ),
});

/** The subject with another address for one of its services. */
export const at = (subject: Subject, name: keyof Subject['urls'], url: string): Subject => ({
  ...subject,
  urls: { ...subject.urls, [name]: url },
});
