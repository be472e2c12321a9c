import type { DynamicModule, INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { nestLogger, type Logger } from '@cryptoutil/telemetry';
import type { HttpSettings } from '../settings.js';
import { rootModule } from './root-module.js';
import { programVersion, ServiceInfo } from './service-info.js';
import { onStopSignal } from './stop-signal.js';
import { promptStop, Stopping, unhurriedStop } from './stopping.js';

export interface BackgroundOptions {
  /** The service that this process belongs to. */
  name: string;
  module: Type | DynamicModule;
  settings: Pick<HttpSettings, 'commit' | 'publicUrl'>;
  logger: Logger;
}

/**
 * Starts a Nest application that has no HTTP server of Nest's, for a process beside a service. Resolves when its modules have started;
 * rejects when one has not. SIGTERM closes it without hurry, SIGINT within seconds; the process then exits with 0.
 */
export async function runInBackground(options: BackgroundOptions): Promise<INestApplicationContext> {
  const { name, module, settings, logger } = options;
  const info = new ServiceInfo(name, programVersion(), settings.commit, settings.publicUrl);
  const stopping = new Stopping();
  const app = await NestFactory.createApplicationContext(rootModule(module, info, stopping), {
    abortOnError: false,
    logger: nestLogger(logger),
  });
  onStopSignal(logger, async (signal) => {
    await stopping.begin(signal === 'SIGTERM' ? unhurriedStop() : promptStop());
    await app.close();
  });
  return app;
}
