import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import { Stopping } from '@cryptoutil/http';
import { Module } from '@nestjs/common';
import { Environment } from '../../environment.module.js';
import { controllers, shared } from '../gateway.providers.js';
import { forkWorker } from './fork-worker.js';
import { WorkerPool } from './worker-pool.js';

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** Starts the workers with the application and stops them before its database. */
class WorkerLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly expectEnd = (): void => this.pool.expectEnd();

  constructor(
    private readonly pool: WorkerPool,
    private readonly stopping: Stopping,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    for (const signal of SIGNALS) process.once(signal, this.expectEnd);
    await this.pool.start();
    // The listeners of the workers stop by the times of the one of this process.
    this.stopping.along(({ noticeMs }) => this.pool.stop(noticeMs > 0 ? 'SIGTERM' : 'SIGINT'));
  }

  async beforeApplicationShutdown(): Promise<void> {
    for (const signal of SIGNALS) process.off(signal, this.expectEnd);
    // Has happened already, unless the start failed after it.
    await this.pool.stop('SIGINT');
  }
}

/** The administration of the API, beside workers that serve it. */
@Module({
  controllers,
  providers: [
    ...shared,
    {
      provide: WorkerPool,
      useFactory: ({ settings, logger }: Environment) =>
        new WorkerPool({ count: settings.gateway.workers, fork: forkWorker, logger }),
      inject: [Environment],
    },
    {
      provide: WorkerLifecycle,
      useFactory: (pool: WorkerPool, stopping: Stopping) => new WorkerLifecycle(pool, stopping),
      inject: [WorkerPool, Stopping],
    },
  ],
})
export class FrontModule {}
