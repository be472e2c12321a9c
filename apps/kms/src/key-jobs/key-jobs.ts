import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { isDatabaseUnavailable } from '@cryptoutil/database';
import type { Logger } from '@cryptoutil/telemetry';
import { Clock } from '../elastic-keys/clock.js';
import { KMS_LOGGER } from '../environment.module.js';
import { UnsealBarrier } from '../unseal/unseal-barrier.js';
import { DueWork } from './due-work.js';

/** How often each replica looks, in milliseconds. */
const EVERY_MS = 60_000;

/** Does what is due, on every replica while it is unsealed. */
@Injectable()
export class KeyJobs implements OnApplicationBootstrap, OnApplicationShutdown {
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(
    private readonly unseal: UnsealBarrier,
    private readonly work: DueWork,
    private readonly clock: Clock,
    @Inject(KMS_LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => {
      this.#running = this.#running.then(() => this.run());
    }, EVERY_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  /** One round. What fails is on the log and tried again in the next one; never rejects. */
  async run(): Promise<void> {
    for (const job of this.work.jobs) {
      if (!this.unseal.ready) return;
      try {
        await job.execute(this.clock.now());
      } catch (error) {
        if (!isDatabaseUnavailable(error))
          this.logger.error({ err: error }, 'A job on keys failed; it is tried again.');
      }
    }
  }
}
