import { inTransaction, isDatabaseUnavailable } from '@cryptoutil/database';
import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { Logger } from '@cryptoutil/telemetry';
import { DataSource } from 'typeorm';
import { KMS_LOGGER } from '../environment.module.js';
import { AuditChainStore } from './audit-chain.store.js';
import type { ChainedEvent } from './audit-event.js';

/** Longest time an event waits for others to be written with, in milliseconds. */
const LINGER_MS = 100;
/** Most events of one transaction. */
const BATCH = 1000;
/** Most events that wait while the database is away; each of them is on the log too. */
const WAITING = 100_000;

/** Appends events of calls that changed no state, many in one transaction. Events of state changes are written with the change. */
@Injectable()
export class AuditQueue implements BeforeApplicationShutdown {
  #waiting: ChainedEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly dataSource: DataSource,
    private readonly store: AuditChainStore,
    @Inject(KMS_LOGGER) private readonly logger: Logger,
  ) {}

  add(event: ChainedEvent): void {
    if (this.#waiting.length >= WAITING) this.#waiting.shift();
    this.#waiting.push(event);
    this.#timer ??= setTimeout(() => void this.flush(), LINGER_MS).unref();
  }

  /** Resolves when all that waits now is written, or could not be. Never rejects. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#writing = this.#writing.then(() => this.#write());
    return this.#writing;
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.flush();
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const some = this.#waiting.slice(0, BATCH);
      try {
        await inTransaction(this.dataSource, (tx) => this.store.append(tx, some));
        this.#waiting = this.#waiting.slice(some.length);
      } catch (error) {
        if (!isDatabaseUnavailable(error)) this.logger.error({ err: error }, 'Audit events could not be written yet.');
        this.#timer ??= setTimeout(() => void this.flush(), 20 * LINGER_MS).unref();
        return;
      }
    }
  }
}
