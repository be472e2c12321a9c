import type { Logger } from '@cryptoutil/telemetry';
import { allowanceOf, RequestCounts, type Allowance } from './request-counts.js';
import type { Rate } from '@cryptoutil/http';

/** A store of token buckets that processes share. */
export interface BucketStore {
  readonly isReady: boolean;
  open(): void;
  close(): void;
  /** Takes one from a bucket, in one atomic step. */
  take(key: string, rate: Rate): Promise<{ readonly allowed: boolean; readonly tokens: number }>;
}

const ANSWER_WITHIN_MS = 100;
/** After a failure the store is left alone for a while, so that not every request waits for it. */
const PAUSE_MS = 1_000;

/**
 * Counts that all processes share. While their store is away or slow, each process counts for itself: limits become looser, but
 * requests go on.
 */
export class SharedCounts extends RequestCounts {
  private pausedUntil = 0;
  private wasShared = true;

  constructor(
    private readonly store: BucketStore,
    private readonly local: RequestCounts,
    private readonly logger: Logger,
    private readonly onLocal: () => void = () => undefined,
  ) {
    super();
  }

  /** Whether counts are shared now. */
  get isShared(): boolean {
    return this.store.isReady && performance.now() >= this.pausedUntil;
  }

  override open(): void {
    this.store.open();
  }

  override close(): void {
    this.store.close();
  }

  take(key: string, rate: Rate): Allowance | Promise<Allowance> {
    if (!this.isShared) return this.takeLocally(key, rate);
    return withinTime(this.store.take(key, rate)).then(
      ({ allowed, tokens }) => {
        if (!this.wasShared) this.logger.info('rate limits are shared again');
        this.wasShared = true;
        return allowanceOf(allowed, tokens, rate);
      },
      (err: unknown) => {
        this.pausedUntil = performance.now() + PAUSE_MS;
        return this.takeLocally(key, rate, err);
      },
    );
  }

  private takeLocally(key: string, rate: Rate, err?: unknown): Allowance | Promise<Allowance> {
    if (this.wasShared)
      this.logger.warn({ err }, 'the store of the rate limits does not answer; each process counts for itself');
    this.wasShared = false;
    this.onLocal();
    return this.local.take(key, rate);
  }
}

function withinTime<T>(answer: Promise<T>): Promise<T> {
  return new Promise((settle, fail) => {
    const timer = setTimeout(() => fail(new Error('no answer in time')), ANSWER_WITHIN_MS);
    answer.then(settle, fail).finally(() => clearTimeout(timer));
  });
}
