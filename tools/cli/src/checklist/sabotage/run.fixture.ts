import type { ChecklistOptions } from '../checklist.js';
import { Client } from 'pg';
import { services, type ServiceName } from '../../services/services.js';
import type { RunningSuite } from '../../suite/running-suite.js';
import type { Phase } from '../check.js';
import { CheckContext, type CheckOptions } from '../context.js';
import type { DeploymentRecord } from '../record/record.js';
import { allChecks, groups } from '../registry.js';
import { runChecks, selected, type CheckResult } from '../run/run-checks.js';
import type { ServiceProcess, Subject } from '../subject/subject.js';

/** What the sabotages are done to: set before the first of them. */
export interface Sabotaged {
  suite: RunningSuite;
  subject: Subject;
  /** For files of their own. */
  folder: string;
}

export const localhost = { dnsNames: ['localhost'], ipAddresses: ['127.0.0.1'] };
export const tlsChecks = ['tls.chain', 'tls.names', 'tls.expiry', 'tls.identities'];
/** Those that look at the settings of processes: a sabotage must be found by the one that names it, and by no other of them. */
export const settingChecks = [
  'configuration.log-level',
  'configuration.cors',
  'configuration.log-rotation',
  'database.pool-limit',
  'database.connect-timeout',
  'secrets.environment',
  'debug.inspector',
  'processes.healthy',
];

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

const order: readonly Phase[] = ['post', 'pre', 'deploy', 'rollback', 'weekly', 'monthly', 'quarterly'];
/** The items that are run in this phase first. What npm test and the registry say is not about this suite. */
export const firstIn = (phase: Phase): string[] =>
  allChecks
    .filter(({ phases }) => order.find((each) => phases.includes(each)) === phase)
    .map(({ id }) => id)
    .filter((id) => !['tests.passing', 'dependencies.audit'].includes(id));
/** Those that have such items, but post, which comes first. */
export const laterPhases = order.slice(1).filter((phase) => firstIn(phase).length > 0);

/** A connection to the database of a service, as its owner. */
export async function connectAsOwner({ context }: RunningSuite, service: ServiceName): Promise<Client> {
  const { ports, secrets } = context;
  const name = services[service].database;
  const password = secrets.text(service, 'database-password');
  const client = new Client({ host: '127.0.0.1', port: ports.postgres, database: name, user: name, password });
  await client.connect();
  return client;
}

/** Does something in the database of a service, as its owner. */
export async function asOwner<T>(
  suite: RunningSuite,
  service: ServiceName,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const client = await connectAsOwner(suite, service);
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Of a whole run; `post` unless said otherwise. */
export const options = (more: Partial<ChecklistOptions> = {}): ChecklistOptions => ({
  ...{
    phase: 'post',
    only: [],
    confirmations: new Map(),
    interactive: false,
    loadSeconds: 1,
    loadRps: 20,
    by: 'a test',
  },
  ...more,
});
