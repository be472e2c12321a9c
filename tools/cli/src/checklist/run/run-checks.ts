import type { Check, CheckGroup, Finding } from '../check.js';
import type { CheckContext } from '../context.js';

/** What one check found, and how long it took. */
export interface CheckResult extends Finding {
  readonly id: string;
  readonly title: string;
  readonly group: string;
  readonly lines: readonly string[];
  readonly ms: number;
  /** What to do; of failed checks. */
  readonly todo?: string;
  /** Who has looked at it; of confirmed ones. */
  readonly by?: string;
}

const TIMEOUT_MS = 30_000;

/** The groups with the checks of a phase, and of these only the named ones when some are named. */
export function selected(groups: readonly CheckGroup[], phase: string, only: readonly string[]): CheckGroup[] {
  const wanted = (check: Check): boolean =>
    (check.phases as readonly string[]).includes(phase) && (only.length === 0 || only.includes(check.id));
  return groups
    .map((group) => ({ ...group, checks: group.checks.filter(wanted) }))
    .filter(({ checks }) => checks.length > 0);
}

/** Runs the checks group by group, in each as many at once as it allows. Never rejects: what a check throws is what it found. */
export async function runChecks(
  groups: readonly CheckGroup[],
  context: CheckContext,
  onResult: (result: CheckResult) => void,
  signal?: AbortSignal,
): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  for (const group of groups) {
    const waiting = [...group.checks];
    const worker = async (): Promise<void> => {
      for (let check = waiting.shift(); check && !signal?.aborted; check = waiting.shift()) {
        const result = await runCheck(check, group.title, context);
        results.push(result);
        onResult(result);
      }
    };
    await Promise.all(Array.from({ length: group.atOnce }, worker));
  }
  return results;
}

async function runCheck(check: Check, group: string, context: CheckContext): Promise<CheckResult> {
  const begun = performance.now();
  const { verdict, evidence } = await finding(check, context);
  return {
    ...{ id: check.id, title: check.title, group, lines: check.lines, verdict, evidence },
    ms: Math.round(performance.now() - begun),
    ...(verdict === 'failed' && { todo: check.todo }),
  };
}

async function finding(check: Check, context: CheckContext): Promise<Finding> {
  const { timeoutMs = TIMEOUT_MS, beforeFirstStart = false } = check;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Finding>((settle) => {
    const evidence = `did not end within ${timeoutMs / 1000} s`;
    timer = setTimeout(() => settle({ verdict: 'failed', evidence }), timeoutMs);
  });
  try {
    if (!beforeFirstStart && context.phase === 'pre' && (await context.processes()).length === 0) {
      return { verdict: 'not-applicable', evidence: 'nothing runs yet' };
    }
    return await Promise.race([Promise.resolve(check.run(context)), late]);
  } catch (error) {
    return { verdict: 'failed', evidence: reasonOf(error) };
  } finally {
    clearTimeout(timer);
  }
}

/** The messages of an error and of what caused it, in one line. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as { code?: unknown };
  const own = error.message || (typeof code === 'string' ? code : error.name);
  const causes = error instanceof AggregateError ? (error.errors as unknown[]) : [error.cause];
  const cause = causes.find((each) => each !== undefined);
  return cause === undefined ? own : `${own}: ${reasonOf(cause)}`;
}
