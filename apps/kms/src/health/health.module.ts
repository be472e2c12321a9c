import { Module } from '@nestjs/common';
import { BarrierModule } from '../barrier/barrier.module.js';
import { UnsealModule } from '../unseal/unseal.module.js';
import { HealthController } from './health.controller.js';
import { Readiness } from './readiness.js';

/** livez and readyz. */
@Module({ imports: [BarrierModule, UnsealModule], controllers: [HealthController], providers: [Readiness] })
export class KmsHealthModule {}
