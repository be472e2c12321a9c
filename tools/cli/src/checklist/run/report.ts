import type { Verdict } from '../check.js';
import type { CheckResult } from './run-checks.js';

const marks: Readonly<Record<Verdict, string>> = {
  passed: '✓',
  failed: '✗',
  confirm: '?',
  confirmed: '✓',
  'not-applicable': '–',
};

/** Prints results as they come, each group under its heading. */
export class Report {
  private group: string | undefined;

  constructor(private readonly print: (line: string) => void) {}

  show(result: CheckResult): void {
    const { group, verdict, id, title, ms, evidence, todo } = result;
    if (group !== this.group) this.print(`\n${group}`);
    this.group = group;
    const quiet = verdict === 'passed' || verdict === 'not-applicable';
    this.print(`  ${marks[verdict]} ${title} (${ms} ms)${quiet ? '' : `  [${id}]`}`);
    if (evidence !== '') this.print(`      ${evidence}`);
    if (todo !== undefined) this.print(`      → ${todo}`);
  }
}

/** How it went, in one line. */
export function summary(results: readonly CheckResult[]): string {
  const count = (...verdicts: Verdict[]): number => results.filter(({ verdict }) => verdicts.includes(verdict)).length;
  const parts = [
    `${count('passed', 'confirmed')} passed`,
    `${count('failed')} failed`,
    `${count('confirm')} to be confirmed by a person`,
    `${count('not-applicable')} not applicable`,
  ];
  return parts.join(', ');
}

/** 0 all passed, 1 something failed, 3 items are open that a person must confirm. */
export function exitCodeOf(results: readonly CheckResult[]): number {
  if (results.some(({ verdict }) => verdict === 'failed')) return 1;
  return results.some(({ verdict }) => verdict === 'confirm') ? 3 : 0;
}
