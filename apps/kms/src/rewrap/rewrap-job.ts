import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { isDatabaseUnavailable } from '@cryptoutil/database';
import type { Logger } from '@cryptoutil/telemetry';
import { KMS_LOGGER } from '../environment.module.js';
import { UnsealBarrier } from '../unseal/unseal-barrier.js';
import { RewrapRows } from './rewrap-rows.js';
import { RotateContentKey } from './rotate-content-key.js';

/** How often each replica looks whether something is left to seal anew, in milliseconds. */
const EVERY_MS = 60_000;

/** Finishes rotations, also those that a process that is gone began. */
@Injectable()
export class RewrapJob implements OnApplicationBootstrap, OnApplicationShutdown {
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(
    private readonly unseal: UnsealBarrier,
    private readonly rotation: RotateContentKey,
    private readonly rewrap: RewrapRows,
    @Inject(KMS_LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => void this.run(), EVERY_MS).unref();
  }

  async onApplicationShutdown(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  /** One round after those that were asked for before. What fails is on the log and tried again; never rejects. */
  run(): Promise<void> {
    this.#running = this.#running.then(async () => {
      if (!this.unseal.ready) return;
      try {
        await this.rotation.finish(this.rewrap);
      } catch (error) {
        if (!isDatabaseUnavailable(error))
          this.logger.error({ err: error }, 'Sealing rows under the new content key failed; it is tried again.');
      }
    });
    return this.#running;
  }
}
