import { runCheck, type CheckResult, type HealthCheck } from './check.js';

/** A check that hangs is failing after this. */
const CHECK_TIMEOUT_MS = 1_000;
/** A result of this age is shown without asking again. */
const FRESH_MS = 250;
/** An older result is no longer the truth. */
const STALE_MS = 5_000;

/** A check with its last result. Asking is answered within `waitMs`, whatever the check does. */
export class WatchedCheck {
  private last: { result: CheckResult; at: number } | undefined;
  private running: Promise<CheckResult> | undefined;

  constructor(
    private readonly check: HealthCheck,
    private readonly now: () => number = () => performance.now(),
  ) {}

  get name(): string {
    return this.check.name;
  }

  /** Asks again; calls while a check is running share it. */
  refresh(): Promise<CheckResult> {
    this.running ??= runCheck(this.check, CHECK_TIMEOUT_MS).then((result) => {
      this.last = { result, at: this.now() };
      this.running = undefined;
      return result;
    });
    return this.running;
  }

  /** The result of now if it comes within `waitMs`, else the last one of at most 5 s, else failing. */
  async result(waitMs: number): Promise<CheckResult> {
    if (this.last && this.now() - this.last.at <= FRESH_MS) return this.last.result;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<CheckResult>((resolve) => {
      timer = setTimeout(() => resolve(this.remembered()), waitMs);
    });
    try {
      return await Promise.race([this.refresh(), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  private remembered(): CheckResult {
    if (this.last && this.now() - this.last.at <= STALE_MS) return this.last.result;
    return { status: 'failing', detail: 'no answer' };
  }
}
