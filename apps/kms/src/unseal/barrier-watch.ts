import { isDatabaseUnavailable } from '@cryptoutil/database';
import { Inject, Injectable, type OnApplicationBootstrap, type BeforeApplicationShutdown } from '@nestjs/common';
import type { Logger } from '@cryptoutil/telemetry';
import { Barrier } from '../barrier/barrier.js';
import { BarrierTurnStore } from '../barrier/barrier-turn.store.js';
import { KMS_LOGGER } from '../environment.module.js';
import { RollbackCheck } from '../rollback/rollback-check.js';
import { AutoUnseal } from './auto-unseal.js';

/** How often each replica compares itself with the database, in milliseconds. */
const EVERY_MS = 2000;

/**
 * Keeps an unsealed replica in step with the barrier in the database: it follows an intermediate key that was turned on another replica where its
 * share files let it, and seals itself, saying why, where they do not, and when the database went back.
 */
@Injectable()
export class BarrierWatch implements OnApplicationBootstrap, BeforeApplicationShutdown {
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(
    private readonly auto: AutoUnseal,
    private readonly barrier: Barrier,
    private readonly turns: BarrierTurnStore,
    private readonly rollback: RollbackCheck,
    @Inject(KMS_LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.#timer = setInterval(() => void this.check(), EVERY_MS).unref();
  }

  /** Before the database is closed: what was done last is in the anchor, too. */
  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.#timer);
    await this.check();
  }

  /** One look; one at a time. Never rejects. */
  check(): Promise<void> {
    this.#running ??= this.#look().finally(() => (this.#running = undefined));
    return this.#running;
  }

  async #look(): Promise<void> {
    if (!this.auto.unseal.ready) return;
    try {
      const rollback = await this.rollback.follow();
      if (rollback) return await this.#seal('rollback', 'the database is older than it was.');
      const known = this.barrier.locked ? undefined : this.barrier.intermediateEpoch;
      const state = await this.turns.state();
      if (known === undefined || state?.intermediateEpoch === known) return;
      if (await this.auto.reopen()) {
        this.logger.info('The intermediate key was turned on another replica; the share files open the new one.');
        return;
      }
      await this.#seal(
        'intermediate_rotated',
        'the intermediate key was turned on another replica, and there are no share files that open the new one. Give the shares again.',
      );
    } catch (error) {
      if (!isDatabaseUnavailable(error))
        this.logger.error({ err: error }, 'Comparing the barrier with the database failed; it is tried again.');
    }
  }

  async #seal(reason: 'rollback' | 'intermediate_rotated', sentence: string): Promise<void> {
    await this.auto.unseal.seal(reason);
    this.logger.error({ seal_reason: reason }, `The kms sealed itself: ${sentence}`);
  }
}
