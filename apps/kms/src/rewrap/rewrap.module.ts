import { Module } from '@nestjs/common';
import { BarrierModule } from '../barrier/barrier.module.js';
import { ElasticKeysModule } from '../elastic-keys/elastic-keys.module.js';
import { UnsealModule } from '../unseal/unseal.module.js';
import { RewrapController } from './rewrap.controller.js';
import { RewrapJob } from './rewrap-job.js';
import { RewrapRows } from './rewrap-rows.js';
import { RewrapStore } from './rewrap.store.js';
import { RotateContentKey } from './rotate-content-key.js';

/** Rotation of the content key, and sealing rows anew under it. */
@Module({
  imports: [BarrierModule, ElasticKeysModule, UnsealModule],
  controllers: [RewrapController],
  providers: [RewrapJob, RewrapRows, RewrapStore, RotateContentKey],
})
export class RewrapModule {}
