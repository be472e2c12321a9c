import { figuresOf, parseRequestLine, type LoggedRequest, type RequestFigures } from './request-figures.js';
import { defaultTriggers, rollbackReason, type Triggers } from './rollback-triggers.js';
import { defaultSlownessRule, Slowness, speedsOf, type SlownessRule, type Speeds } from './slowness.js';

/** How requests went before a new version came. */
export interface Baseline {
  readonly figures: RequestFigures;
  readonly speeds: Speeds;
}

/** What has to hold for a new version, and until when it is judged. */
export interface WatchRules {
  readonly forMs: number;
  readonly baseline: Baseline;
  readonly triggers?: Triggers;
  readonly slowness?: SlownessRule;
  /** How often it is looked at. */
  readonly everyMs?: number;
}

/** How often a new version is looked at when nothing else is said. */
export const LOOK_EVERY_MS = 1_000;

/** Error rates are those of this time: long enough to mean something, short enough to see a change. */
const WINDOW_MS = 60_000;

/** Reads the log of the version that served until now. */
export function baselineFrom(log: string): Baseline {
  const requests = log.split('\n').flatMap((line) => parseRequestLine(line) ?? []);
  return { figures: figuresOf(requests), speeds: speedsOf(requests) };
}

/** The requests of a new version, read from its log line by line, and what they say about it. */
export class WatchedRequests {
  private recent: LoggedRequest[] = [];
  private readonly slowness: Slowness;
  private readonly triggers: Triggers;

  constructor({ baseline, triggers = defaultTriggers, slowness = defaultSlownessRule }: WatchRules) {
    this.triggers = triggers;
    this.slowness = new Slowness(baseline.speeds, performance.now(), slowness);
  }

  read(line: string): void {
    const request = parseRequestLine(line);
    if (!request) return;
    this.recent.push(request);
    this.slowness.add(request);
  }

  /** How the requests of the last minute went. */
  figures(): RequestFigures {
    this.recent = this.recent.filter(({ atMs }) => atMs >= Date.now() - WINDOW_MS);
    return figuresOf(this.recent);
  }

  /** Why the new version must go, given how long its health checks have failed; undefined while it may stay. */
  reasonToGo(unhealthyMs: number): string | undefined {
    const slow = this.slowness.look(performance.now());
    return rollbackReason({ unhealthyMs, recent: this.figures() }, this.triggers) ?? slow;
  }
}
