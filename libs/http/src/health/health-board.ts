import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { CheckResult, HealthCheck } from './check.js';
import { WatchedCheck } from './watched-check.js';

const WAIT_MS = 80;
const REFRESH_MS = 2_000;

/** What a service says about itself. */
export interface HealthReport {
  status: 'ok' | 'unavailable';
  checks: Record<string, CheckResult>;
}

/** Keeps every check fresh in the background, so that a report takes less than 100 ms even when everything hangs. */
export class HealthBoard implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly checks: WatchedCheck[];
  private timer: NodeJS.Timeout | undefined;

  /** @param isStopping  whether this process is about to go, and wants no new connections */
  constructor(
    checks: readonly HealthCheck[],
    private readonly isStopping: () => boolean = () => false,
  ) {
    this.checks = checks.map((check) => new WatchedCheck(check));
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.refresh(), REFRESH_MS);
    this.timer.unref();
    this.refresh();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  async report(): Promise<HealthReport> {
    const results: [string, CheckResult][] = await Promise.all(
      this.checks.map(async (check): Promise<[string, CheckResult]> => [check.name, await check.result(WAIT_MS)]),
    );
    if (this.isStopping()) results.push(['process', { status: 'failing', detail: 'this process is stopping' }]);
    const checks = Object.fromEntries(results);
    return { status: results.every(([, { status }]) => status === 'ok') ? 'ok' : 'unavailable', checks };
  }

  private refresh(): void {
    for (const check of this.checks) void check.refresh();
  }
}
