import { isDatabaseUnavailable } from '@cryptoutil/database';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { Logger } from '@cryptoutil/telemetry';
import { DataSource } from 'typeorm';
import { KMS_LOGGER } from '../environment.module.js';

/** How long uses are collected, in milliseconds: what a process that dies takes with it. */
const EVERY_MS = 60_000;

/** When versions were used last, told to the database once a minute for all of them, never by a request. */
@Injectable()
export class LastUse implements OnApplicationBootstrap, OnApplicationShutdown {
  #used = new Map<string, Date>();
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly dataSource: DataSource,
    @Inject(KMS_LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => void this.flush(), EVERY_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  note(kid: string, at: Date): void {
    this.#used.set(kid, at);
  }

  /** Writes what was noted; what cannot be written is tried again next time. Never rejects. */
  async flush(): Promise<void> {
    const used = this.#used;
    if (used.size === 0) return;
    this.#used = new Map();
    try {
      // Replicas write at different times: the latest counts. Rows are taken in order, so that two of them never wait for each other.
      await this.dataSource.query(
        `WITH used AS (
           SELECT m.id, u.at FROM material_keys m JOIN unnest($1::uuid[], $2::timestamptz[]) AS u (id, at) ON u.id = m.id
            ORDER BY m.id FOR UPDATE OF m)
         UPDATE material_keys m SET last_used_at = GREATEST(m.last_used_at, used.at) FROM used WHERE m.id = used.id`,
        [[...used.keys()], [...used.values()]],
      );
    } catch (err) {
      for (const [kid, at] of used) if (!this.#used.has(kid)) this.#used.set(kid, at);
      if (!isDatabaseUnavailable(err)) this.logger.error({ err }, 'The last use of keys could not be written yet.');
    }
  }
}
