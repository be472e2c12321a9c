import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from '@cryptoutil/telemetry';
import { ProtocolDatabase } from './protocol-database.js';

const everyMilliseconds = 60_000;
const batch = 1_000;

/** Deletes what has expired, in small batches that replicas share without waiting for each other. */
@Injectable()
export class ExpirySweeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly database: ProtocolDatabase,
    private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.sweepQuietly(), everyMilliseconds).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Number of rows deleted. */
  async sweep(): Promise<number> {
    let deleted = 0;
    for (const table of ['artifact', 'login_request']) {
      for (let count = batch; count === batch; deleted += count) {
        const rows = await this.database.write(
          `DELETE FROM ${table} WHERE ctid IN
             (SELECT ctid FROM ${table} WHERE expires_at < now() LIMIT ${batch} FOR UPDATE SKIP LOCKED) RETURNING 1`,
          [],
        );
        count = rows.length;
      }
    }
    return deleted;
  }

  private async sweepQuietly(): Promise<void> {
    try {
      await this.sweep();
    } catch (error) {
      this.logger.warn({ err: error }, 'expired rows were not deleted; the next round tries again');
    }
  }
}
