/** How long the parts of a stop take at most, in milliseconds from its beginning. */
export interface StopTimes {
  /** New connections are still accepted, while the health routes say 503: those who send connections here look elsewhere. */
  readonly noticeMs: number;
  /** A kept connection may stay idle; its next answer is its last. */
  readonly idleMs: number;
  /** Requests in flight may take. */
  readonly graceMs: number;
}

/** A second listener of the process, such as that of another API. */
export type AlsoStops = (times: StopTimes) => Promise<void>;

const GRACE_MS = 30_000;

/** For a person at the terminal, and for specs. */
export const promptStop = (graceMs = GRACE_MS): StopTimes => ({
  noticeMs: 0,
  idleMs: Math.min(1_000, graceMs),
  graceMs,
});

/**
 * For an orchestrator, which has others to serve meanwhile. Five seconds are what HAProxy and Kubernetes need to see that a health route
 * fails. Clients are told that an idle connection is kept for 20 s (`Keep-Alive: timeout=20`) and send nothing on it later, so one that
 * has been idle for that long and a margin can be closed without cutting a request.
 */
export const unhurriedStop = (graceMs = GRACE_MS): StopTimes => ({
  noticeMs: Math.min(5_000, graceMs),
  idleMs: Math.min(22_000, graceMs),
  graceMs,
});

/** Whether this process is stopping, and what has to stop along with its main listener. */
export class Stopping {
  private readonly others: AlsoStops[] = [];
  private started = false;

  get hasBegun(): boolean {
    return this.started;
  }

  /** Has another listener closed at the same time as the main one. */
  along(other: AlsoStops): void {
    this.others.push(other);
  }

  /** Begins. Resolves when everything that stops along has done so. */
  async begin(times: StopTimes): Promise<void> {
    this.started = true;
    await Promise.all(this.others.map((stop) => stop(times)));
  }
}
