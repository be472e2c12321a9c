import { median } from './settled-median.js';

/** What a record keeps of a run's speed, in ms. */
export interface Figures {
  readonly healthMs: number;
  readonly authorizeMs: number;
  readonly tokenMs: number;
}

/** Performance that is this much worse than before is a reason to go back. */
const DEGRADATION = 1.5;
/** Differences below this are noise, whatever the percentage. */
const NOTICEABLE_MS = 50;

export const NO_LIMITS: Figures = { healthMs: Infinity, authorizeMs: Infinity, tokenMs: Infinity };

/** From where on a figure is worse than in the median of earlier runs. */
export function limitsAfter(before: readonly Figures[]): Figures {
  return each((name) => Math.max(usual(before, name) * DEGRADATION, usual(before, name) + NOTICEABLE_MS));
}

/** What is half as slow again as before, one sentence each. */
export function degradations(before: readonly Figures[], now: Figures): string[] {
  const limits = limitsAfter(before);
  return names
    .filter((name) => now[name] >= limits[name])
    .map(
      (name) =>
        `${name.replace('Ms', '')} took ${Math.round(usual(before, name))} ms and takes ${Math.round(now[name])} ms`,
    );
}

const names = ['healthMs', 'authorizeMs', 'tokenMs'] as const satisfies (keyof Figures)[];
const usual = (before: readonly Figures[], name: keyof Figures): number => median(before.map((run) => run[name]));
const each = (value: (name: keyof Figures) => number): Figures => ({
  healthMs: value('healthMs'),
  authorizeMs: value('authorizeMs'),
  tokenMs: value('tokenMs'),
});
