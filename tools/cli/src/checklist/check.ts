import type { CheckContext } from './context.js';

/** When a checklist is gone through, in the words of the checklists. */
export const phases = ['pre', 'deploy', 'post', 'rollback', 'weekly', 'monthly', 'quarterly'] as const;
export type Phase = (typeof phases)[number];

/** What the suite runs on. */
export const targets = ['dev', 'compose', 'kubernetes'] as const;
export type Target = (typeof targets)[number];

/** `confirm`: a person has to look; `confirmed`: a person has, and says so by name. */
export type Verdict = 'passed' | 'failed' | 'confirm' | 'confirmed' | 'not-applicable';

/** What a check found. `evidence` never holds a secret. */
export interface Finding {
  readonly verdict: Verdict;
  readonly evidence: string;
}

/** One item of the checklists. */
export interface Check {
  /** `group.item`, kept for ever: records and confirmations name it. */
  readonly id: string;
  readonly title: string;
  readonly phases: readonly Phase[];
  /** Lines of the checklists it answers: A… Auth Service v1.0, S… suite (see `lines/`). */
  readonly lines: readonly string[];
  /** What to do when it fails. */
  readonly todo: string;
  /** Whether it says anything before the suite runs for the first time; default false. */
  readonly beforeFirstStart?: boolean;
  /** Default 30 s. */
  readonly timeoutMs?: number;
  readonly run: (context: CheckContext) => Promise<Finding> | Finding;
}

/** Checks that belong together, shown under one heading. */
export interface CheckGroup {
  readonly title: string;
  /** How many run at once; 1 where they would disturb each other. */
  readonly atOnce: number;
  readonly checks: readonly Check[];
}

export const passed = (evidence: string): Finding => ({ verdict: 'passed', evidence });
export const failed = (evidence: string): Finding => ({ verdict: 'failed', evidence });
export const confirm = (evidence: string): Finding => ({ verdict: 'confirm', evidence });
export const notApplicable = (evidence: string): Finding => ({ verdict: 'not-applicable', evidence });

/** Passed when nothing is wrong; else failed with everything that is. */
export const unless = (wrong: readonly string[], evidence: string): Finding =>
  wrong.length === 0 ? passed(evidence) : failed(wrong.join('; '));

/** Phases in which something that runs is looked at. */
export const running: readonly Phase[] = ['pre', 'post', 'rollback'];
