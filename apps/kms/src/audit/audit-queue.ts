import { inTransaction, isDatabaseUnavailable } from '@cryptoutil/database';
import { Inject, Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { meter, type Logger } from '@cryptoutil/telemetry';
import { DataSource } from 'typeorm';
import { KMS_LOGGER } from '../environment.module.js';
import { AuditChainStore } from './audit-chain.store.js';
import { chained, type ChainedEvent } from './audit-event.js';

/** Longest time an event waits for others to be written with, in milliseconds. */
const LINGER_MS = 100;
/** Most events of one transaction. */
const BATCH = 1000;
/** Most events that wait while the database is away: about 50 MB. */
const WAITING = 100_000;

/** Appends events of calls that changed no state, many in one transaction. Events of state changes are written with the change. */
@Injectable()
export class AuditQueue implements BeforeApplicationShutdown {
  #waiting: ChainedEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #leftOut = 0;
  readonly #leftOutCounter = meter().createCounter('cryptoutil.kms.audit.events_left_out', {
    description: 'Events that are in the log alone, because too many waited for the database',
  });

  constructor(
    private readonly dataSource: DataSource,
    @Inject(AuditChainStore) private readonly store: Pick<AuditChainStore, 'append'>,
    @Inject(KMS_LOGGER) private readonly logger: Pick<Logger, 'error'>,
  ) {}

  /** Each event is on the log already. One that finds the queue full stays there alone; the chain tells how many did. */
  add(event: ChainedEvent): void {
    if (this.#waiting.length < WAITING) this.#waiting.push(event);
    else this.#leaveOut();
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

  #leaveOut(): void {
    if (this.#leftOut === 0) this.logger.error(`More than ${WAITING} audit events wait for the database.`);
    this.#leftOut += 1;
    this.#leftOutCounter.add(1);
  }

  #tellOfThoseLeftOut(): void {
    if (this.#leftOut === 0 || this.#waiting.length >= WAITING) return;
    const told = { who: 'kms', operation: 'events left out', outcome: 'failed', calls: this.#leftOut } as const;
    this.#leftOut = 0;
    this.#waiting.push(chained({ ...told, request_id: '' }));
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const some = this.#waiting.slice(0, BATCH);
      try {
        await inTransaction(this.dataSource, (tx) => this.store.append(tx, some));
        this.#waiting = this.#waiting.slice(some.length);
        this.#tellOfThoseLeftOut();
      } catch (error) {
        if (!isDatabaseUnavailable(error)) this.logger.error({ err: error }, 'Audit events could not be written yet.');
        this.#timer ??= setTimeout(() => void this.flush(), 20 * LINGER_MS).unref();
        return;
      }
    }
  }
}
