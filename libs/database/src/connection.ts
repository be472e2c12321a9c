import type { OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import type { Logger } from '@cryptoutil/telemetry';

const FIRST_WAIT_MS = 1_500;
const RETRY_FIRST_MS = 200;
const RETRY_MOST_MS = 2_000;

/** Connects the data source in the background until it succeeds once (the pool heals itself after that), and closes it last of all. */
export class DatabaseConnection implements OnModuleInit, OnApplicationShutdown {
  private retry: NodeJS.Timeout | undefined;
  private attempt: Promise<void> | undefined;
  private stopped = false;
  private complained = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly logger: Logger | undefined,
  ) {}

  /** Waits for the first attempt, but not longer than 1.5 s: a start must not hang on a database that does not answer. */
  async onModuleInit(): Promise<void> {
    const first = this.connect(RETRY_FIRST_MS);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, FIRST_WAIT_MS);
    });
    await Promise.race([first, late]);
    clearTimeout(timer);
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.retry);
    await this.attempt;
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }

  private connect(nextDelayMs: number): Promise<void> {
    this.attempt = this.tryOnce(nextDelayMs);
    return this.attempt;
  }

  private async tryOnce(nextDelayMs: number): Promise<void> {
    if (this.dataSource.isInitialized) return;
    try {
      await this.dataSource.initialize();
      if (this.complained) this.logger?.info('the database is reachable again');
    } catch (err) {
      if (!this.complained) this.logger?.error({ err }, 'the database is not reachable; trying again until it is');
      this.complained = true;
      if (this.stopped) return;
      this.retry = setTimeout(() => void this.connect(Math.min(nextDelayMs * 2, RETRY_MOST_MS)), nextDelayMs);
      this.retry.unref();
    }
  }
}
