import { setTimeout as wait } from 'node:timers/promises';
import type { Logger } from '@cryptoutil/telemetry';
import type { FeedConnection, OpenFeed } from './feed-connection.js';

/** Keeps something in memory that other replicas change. */
export interface FeedFollower {
  /** Reads everything that may have changed since the database's `since` (seconds since the epoch), or all when undefined. */
  resync(since: number | undefined): Promise<void>;
  /** Told of one change. Must not throw. */
  notice(text: string): void;
}

/** Memory is trusted for this long after the database was last heard on the channel. Revocations must be known within a second. */
const LEASE_MS = 900;
const PING_MS = 250;
const RETRY_MS = 200;
const FIRST_WAIT_MS = 1_500;
/** Longer than a statement may run: a row is committed at most this long after the time that it bears. */
const OVERLAP_SECONDS = 60;

/**
 * Hears of every change that any replica makes. It is live only while the database has answered on the same connection within the last
 * 0.9 s, so a broken, stalled or frozen channel is noticed by the clock alone; then nothing in memory counts and the database is asked.
 */
export class ChangeFeed {
  private readonly followers = new Map<string, FeedFollower>();
  private readonly stopping = new AbortController();
  private leaseUntil = 0;
  private seenAt: number | undefined;
  private complained = false;
  private running: Promise<void> | undefined;
  private firstTry: (() => void) | undefined;

  constructor(
    private readonly open: OpenFeed,
    private readonly logger: Logger,
  ) {}

  /** `kind` is the first letter of the notifications that the follower is told of. */
  follow(kind: string, follower: FeedFollower): void {
    this.followers.set(kind, follower);
  }

  /** Whether what is in memory is what the database says. */
  get isLive(): boolean {
    return performance.now() < this.leaseUntil;
  }

  /** Resolves when live, or after 1.5 s: a start must not hang on a database that does not answer. */
  async start(): Promise<void> {
    const first = new Promise<void>((resolve) => (this.firstTry = resolve));
    this.running = this.run();
    const late = new AbortController();
    await Promise.race([first, wait(FIRST_WAIT_MS, undefined, { signal: late.signal }).catch(() => undefined)]);
    late.abort();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        await this.listen();
      } catch (err) {
        if (!this.complained && !this.stopping.signal.aborted)
          this.logger.error({ err }, 'the change feed is lost; the database is asked per request until it is back');
        this.complained = true;
      }
      this.leaseUntil = 0;
      await this.pause(RETRY_MS);
    }
  }

  private async listen(): Promise<void> {
    const connection = await this.open((text) => this.followers.get(text.charAt(0))?.notice(text.slice(1)));
    try {
      const since = this.seenAt === undefined ? undefined : this.seenAt - OVERLAP_SECONDS;
      for (const follower of this.followers.values()) await follower.resync(since);
      await this.renew(connection);
      if (this.complained) this.logger.info('the change feed is back');
      this.complained = false;
      this.firstTry?.();
      while (!this.stopping.signal.aborted) {
        await this.pause(PING_MS);
        await this.renew(connection);
      }
    } finally {
      await connection.close();
    }
  }

  /** Everything that was committed before the answer has been told before it, on the same connection. */
  private async renew(connection: FeedConnection): Promise<void> {
    const askedAt = performance.now();
    this.seenAt = await connection.databaseTime();
    this.leaseUntil = askedAt + LEASE_MS;
  }

  private async pause(milliseconds: number): Promise<void> {
    await wait(milliseconds, undefined, { signal: this.stopping.signal, ref: false }).catch(() => undefined);
  }
}
