import type { LoggedRequest } from './request-figures.js';

/** How fast one route answers; times in milliseconds. */
export interface Speed {
  readonly requests: number;
  readonly medianMs: number;
  readonly p95Ms: number;
}

/** How fast each route of each service answers. */
export type Speeds = ReadonlyMap<string, Speed>;

/** From when on a route counts as slow. */
export interface SlownessRule {
  /** How long a window is at least; it ends with enough requests. */
  readonly windowMs: number;
  /** In how many windows in a row a route must have been slow. */
  readonly windows: number;
}

/** A start, or a burst of something else on the machine, is over before three windows are. */
export const defaultSlownessRule: SlownessRule = { windowMs: 10_000, windows: 3 };

/** A figure that is worse by a part (0.5: half as slow again) and by an amount that is felt, over enough requests to mean something. */
const WORSE = [
  { figure: 'medianMs', name: 'median', requests: 20, part: 0.5, ms: 50 },
  { figure: 'p95Ms', name: '95th percentile', requests: 100, part: 2, ms: 500 },
] as const;
const ENOUGH_FOR_A_WINDOW = WORSE[0].requests;
/** A route of which fewer were seen before has nothing to be compared with. */
const ENOUGH_BEFORE = 50;

/** How fast the routes were, from the requests of a time. */
export function speedsOf(requests: readonly LoggedRequest[]): Speeds {
  const routes = new Map<string, number[]>();
  for (const { route, durationMs } of requests) {
    if (!routes.get(route)?.push(durationMs)) routes.set(route, [durationMs]);
  }
  return new Map([...routes].map(([route, durations]) => [route, speedOf(durations)]));
}

/**
 * Compares each route of a new version with itself before. New processes are slow at first and machines have other work, so that one bad
 * window says nothing: a route is slow when it was in several windows in a row. Routes are compared one by one, since their mix changes.
 */
export class Slowness {
  private readonly routes = new Map<string, { begunMs: number; durations: number[]; slowWindows: number }>();

  constructor(
    private readonly before: Speeds,
    beginMs: number,
    private readonly rule: SlownessRule = defaultSlownessRule,
  ) {
    for (const [route, { requests }] of before) {
      if (requests >= ENOUGH_BEFORE) this.routes.set(route, { begunMs: beginMs, durations: [], slowWindows: 0 });
    }
  }

  add({ route, durationMs }: LoggedRequest): void {
    this.routes.get(route)?.durations.push(durationMs);
  }

  /** Ends the windows that are over. Says which route is slow, in words; undefined when none is. */
  look(nowMs: number): string | undefined {
    for (const [route, window] of this.routes) {
      if (nowMs - window.begunMs < this.rule.windowMs || window.durations.length < ENOUGH_FOR_A_WINDOW) continue;
      const worse = worsened(this.before.get(route)!, speedOf(window.durations));
      const slowWindows = worse === undefined ? 0 : window.slowWindows + 1;
      if (slowWindows >= this.rule.windows) return `${route} is slow: ${worse}, ${slowWindows} windows in a row`;
      this.routes.set(route, { begunMs: nowMs, durations: [], slowWindows });
    }
    return undefined;
  }
}

function worsened(before: Speed, now: Speed): string | undefined {
  const found = WORSE.find(
    ({ figure, requests, part, ms }) =>
      now.requests >= requests && now[figure] > before[figure] * (1 + part) && now[figure] - before[figure] >= ms,
  );
  return (
    found && `its ${found.name} rose from ${before[found.figure].toFixed()} ms to ${now[found.figure].toFixed()} ms`
  );
}

function speedOf(durations: number[]): Speed {
  durations.sort((a, b) => a - b);
  const at = (part: number): number => durations[Math.max(0, Math.ceil(durations.length * part) - 1)]!;
  return { requests: durations.length, medianMs: at(0.5), p95Ms: at(0.95) };
}
