import type { Logger } from '@cryptoutil/telemetry';
import type { JwtSecrets } from './jwt-secrets.js';
import type { SecretAgeStore } from './secret-age.store.js';

const DAY_SECONDS = 86_400;
/** The secret is to be changed before it is 90 days old. */
export const WARN_AT_SECONDS = 80 * DAY_SECONDS;
const LOOK_EVERY_MS = 60_000;
const WARN_EVERY_MS = DAY_SECONDS * 1_000;

/**
 * How old the secret is that signs: since its first use by any replica, which the database remembers, or since its file was written,
 * whichever is longer ago. A file alone would seem new after every hand-over by an orchestrator. Warns once a day from the 80th day on.
 */
export class SecretAge {
  private firstUsed: { readonly kid: string; readonly at: number } | undefined;
  private warnedAt: number | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly secrets: Pick<JwtSecrets, 'current' | 'writtenAt'>,
    private readonly store: Pick<SecretAgeStore, 'secondsInUse'>,
    private readonly logger: Logger,
    private readonly clock: () => number = Date.now,
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS);
    this.timer.unref();
    void this.look();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  get seconds(): number {
    const { current, writtenAt } = this.secrets;
    const used = this.firstUsed?.kid === current.kid ? this.firstUsed.at : writtenAt;
    return Math.max(0, Math.floor((this.clock() - Math.min(used, writtenAt)) / 1_000));
  }

  /** Asks the database if the secret is another one than before, and warns. Never rejects. */
  async look(): Promise<void> {
    const { kid } = this.secrets.current;
    try {
      if (this.firstUsed?.kid !== kid)
        this.firstUsed = { kid, at: this.clock() - (await this.store.secondsInUse(kid)) * 1_000 };
    } catch (err) {
      this.logger.debug({ err }, 'the age of the JWT secret is known from its file alone until the next look');
    }
    this.warn();
  }

  private warn(): void {
    const { seconds } = this;
    const now = this.clock();
    if (seconds < WARN_AT_SECONDS || (this.warnedAt !== undefined && now - this.warnedAt < WARN_EVERY_MS)) return;
    this.warnedAt = now;
    this.logger.warn(
      { kid: this.secrets.current.kid, age_days: Math.floor(seconds / DAY_SECONDS) },
      'the JWT secret of the Auth Service is old; change it before it is 90 days old: cryptoutil auth-service rotate-secret',
    );
  }
}
