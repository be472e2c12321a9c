import type { Logger } from '@cryptoutil/telemetry';
import type { RevokedTokens } from './revoked-tokens.js';
import type { SpentTokenStore } from './spent-token.store.js';

const EVERY_MS = 60_000;
const BATCH = 5_000;

/** Lets the ids of expired tokens go, every minute, from the database and from memory. */
export class Retention {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly store: SpentTokenStore,
    private readonly revoked: RevokedTokens,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.sweepQuietly(), EVERY_MS);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Resolves to the number of rows deleted. */
  async sweep(): Promise<number> {
    await this.revoked.sweep();
    let deleted = 0;
    for (let count = BATCH; count === BATCH; deleted += count) count = await this.store.removeExpired(BATCH);
    return deleted;
  }

  private async sweepQuietly(): Promise<void> {
    try {
      await this.sweep();
    } catch (err) {
      this.logger.warn({ err }, 'the ids of expired tokens were not deleted; the next round tries again');
    }
  }
}
