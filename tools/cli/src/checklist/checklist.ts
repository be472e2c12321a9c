import { userInfo } from 'node:os';
import type { Phase, Target } from './check.js';
import { runningVersions } from './checks/versions.js';
import { figuresOf } from './checks/performance.js';
import { CheckContext, type CheckOptions } from './context.js';
import { settingsChanges } from './record/configuration.js';
import { earlierRecords, keepRecord, type DeploymentRecord, type SignedRecord } from './record/record.js';
import { signRecord } from './record/sign-record.js';
import { groups } from './registry.js';
import { askForConfirmations, confirmed, type Confirmation } from './run/confirmations.js';
import { exitCodeOf, Report, summary } from './run/report.js';
import { runChecks, selected, type CheckResult } from './run/run-checks.js';
import type { Subject } from './subject/subject.js';

/** How a checklist is gone through. */
export interface ChecklistOptions extends CheckOptions {
  readonly phase: Phase;
  readonly only: readonly string[];
  readonly confirmations: ReadonlyMap<string, Confirmation>;
  /** Whether people can be asked here. */
  readonly interactive: boolean;
  /** Folder of the records; the subject's own when it is not named. */
  readonly records?: string;
  readonly by?: string;
}

/** Makes every check of a phase and keeps what was found. Resolves to the exit code (see `exitCodeOf`). */
export async function runChecklist(
  subject: Subject,
  options: ChecklistOptions,
  print: (line: string) => void = (line) => console.log(line),
): Promise<{ code: number; results: readonly CheckResult[]; signed: SignedRecord }> {
  const begun = performance.now();
  const folder = options.records ?? subject.records;
  const earlier = earlierRecords(folder, subject.target);
  const context = new CheckContext(subject, options.phase, options, earlier);
  const stop = interrupted();
  try {
    print(`Checklist "${options.phase}" for ${subject.target}: ${subject.place}`);
    const report = new Report(print);
    const chosen = selected(groups, options.phase, options.only);
    const show = (result: CheckResult) => report.show(confirmed(result, options.confirmations.get(result.id)));
    const found = await runChecks(chosen, context, show, stop.signal);
    const results = await confirmAll(found, options);
    const record = await describe(context, options, results, begun);
    const signed = await signRecord(record, subject.urls.kms, context.operator);
    const { json, page } = keepRecord(folder, signed);
    print(`\n${summary(results)} in ${record.seconds} s`);
    print(`Record: ${json}\n        ${page}`);
    print(signed.signature === null ? `Not signed: ${signed.unsigned_because}` : 'Signed by the key service.');
    return { code: stop.signal.aborted ? 130 : exitCodeOf(results), results, signed };
  } finally {
    stop.dispose();
    for (const left of await context.close()) print(`Not removed: ${left}. Remove it with the certificate of ops.`);
  }
}

async function confirmAll(
  found: readonly CheckResult[],
  { confirmations, interactive }: ChecklistOptions,
): Promise<CheckResult[]> {
  const known = found.map((result) => confirmed(result, confirmations.get(result.id)));
  if (!interactive) return known;
  const asked = await askForConfirmations(known, { input: process.stdin, output: process.stderr });
  return known.map((result) => confirmed(result, asked.get(result.id)));
}

async function describe(
  context: CheckContext,
  { phase, by, only }: ChecklistOptions,
  results: readonly CheckResult[],
  begun: number,
): Promise<DeploymentRecord> {
  const { subject, earlier } = context;
  const [configuration, versions, figures] = await Promise.all([
    subject.configuration().catch(() => ({})),
    runningVersions(context).catch(() => []),
    // Figures are for the comparison of whole runs; they would only make the repetition of one item slow.
    only.length > 0 || phase === 'pre' ? {} : figuresOf(context).catch(() => ({})),
  ]);
  const outcomes = { 0: 'passed', 1: 'failed', 3: 'open' } as const;
  return {
    purpose: 'cryptoutil deployment record 1',
    at: new Date().toISOString(),
    ...{ phase, target: subject.target, place: subject.place },
    by: by ?? userInfo().username,
    versions: [...new Set(versions.map(({ version, commit }) => (commit ? `${version} (${commit})` : version)))],
    outcome: outcomes[exitCodeOf(results) as 0 | 1 | 3],
    ...{ results, configuration, figures },
    changes: earlier[0] ? settingsChanges(earlier[0].configuration, configuration) : [],
    seconds: Math.round((performance.now() - begun) / 100) / 10,
  };
}

/** Ctrl-C ends the run after the checks that are under way, so that what was registered is removed again. */
function interrupted(): { signal: AbortSignal; dispose: () => void } {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  process.once('SIGINT', abort).once('SIGTERM', abort);
  return { signal: controller.signal, dispose: () => process.off('SIGINT', abort).off('SIGTERM', abort) };
}

/** The subject of a target; what is needed to reach it is loaded only then. */
export async function subjectOf(target: Target, { home, folder, ...rest }: SubjectOptions): Promise<Subject> {
  switch (target) {
    case 'dev':
      return (await import('./subject/dev-subject.js')).devSubject(home);
    case 'compose':
      return (await import('./subject/compose-subject.js')).composeSubject({ folder, ...rest });
    case 'kubernetes':
      return (await import('./subject/kubernetes-subject.js')).kubernetesSubject(rest);
  }
}

/** Where the suite is; which of them matter depends on the target. */
export interface SubjectOptions {
  readonly home?: string;
  readonly folder?: string;
  readonly backupFolder?: string;
  readonly backupKeys?: string;
  readonly namespace: string;
  /** Folder with tls.crt, tls.key and ca.crt of the identity ops. */
  readonly ops?: string;
  readonly connectTo?: string;
  readonly kmsUrl?: string;
}
