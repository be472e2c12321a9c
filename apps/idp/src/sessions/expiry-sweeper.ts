import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '../clock.js';
import { Environment } from '../environment.module.js';
import { SignInFailureStore } from '../limits/sign-in-failure.store.js';
import { IDLE_MS } from './session-lifetime.js';
import { SessionStore } from './session.store.js';

const EVERY_MS = 10 * 60_000;

/** Deletes ended sessions and forgotten failures now and then. Nothing depends on it: ended rows are never found. */
@Injectable()
export class ExpirySweeper implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly sessions: SessionStore,
    private readonly failures: SignInFailureStore,
    private readonly clock: Clock,
    private readonly environment: Environment,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.sweepQuietly(), EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  async sweep(): Promise<void> {
    const now = this.clock.now();
    await this.sessions.removeEnded(now, new Date(now.getTime() - IDLE_MS));
    await this.failures.removeForgotten(now);
  }

  private async sweepQuietly(): Promise<void> {
    try {
      await this.sweep();
    } catch (err) {
      this.environment.logger.warn({ err }, 'ended sessions were not deleted; the next round tries again');
    }
  }
}
