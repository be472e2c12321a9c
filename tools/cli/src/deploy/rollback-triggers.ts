import type { RequestFigures } from './request-figures.js';

/** What was seen since the switch. */
export interface Observation {
  /** How long the health routes have been failing without a break, in milliseconds; 0 when they are well. */
  readonly unhealthyMs: number;
  /** Requests of the last window. */
  readonly recent: RequestFigures;
}

/** When a new version is given up, besides for being slow. */
export interface Triggers {
  readonly unhealthyMs: number;
  /** Part of the requests that may be answered with a status from 500. */
  readonly errorRate: number;
}

/** Stricter in time than a person would be: the old version still runs and costs nothing to go back to. */
export const defaultTriggers: Triggers = { unhealthyMs: 10_000, errorRate: 0.05 };

/** Below this many requests a rate says nothing. */
const ENOUGH_FOR_ERRORS = 20;

/** Why the new version must go, in words; undefined while it may stay. */
export function rollbackReason({ unhealthyMs, recent }: Observation, triggers: Triggers): string | undefined {
  if (unhealthyMs >= triggers.unhealthyMs) return `health checks have failed for ${Math.round(unhealthyMs / 1000)} s`;
  const rate = recent.requests === 0 ? 0 : recent.errors / recent.requests;
  if (recent.requests >= ENOUGH_FOR_ERRORS && rate > triggers.errorRate) {
    return `${(rate * 100).toFixed(1)} % of ${recent.requests} requests were answered with a server error`;
  }
  return undefined;
}
