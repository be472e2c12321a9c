import { Module } from '@nestjs/common';
import { BarrierModule } from '../barrier/barrier.module.js';
import { InternalIdentitiesModule } from '../internal-identities/internal-identities.module.js';
import { RollbackModule } from '../rollback/rollback.module.js';
import { AutoUnseal } from './auto-unseal.js';
import { BarrierWatch } from './barrier-watch.js';
import { InitializeBarrier } from './initialize-barrier.js';
import { RollbackController } from './rollback.controller.js';
import { ShareGate } from './share-gate.js';
import { UnsealBarrier } from './unseal-barrier.js';
import { UnsealController } from './unseal.controller.js';

/** Initialising, unsealing and sealing, by operators and from share files. */
@Module({
  imports: [BarrierModule, InternalIdentitiesModule, RollbackModule],
  controllers: [RollbackController, UnsealController],
  providers: [AutoUnseal, BarrierWatch, InitializeBarrier, ShareGate, UnsealBarrier],
  exports: [ShareGate, UnsealBarrier],
})
export class UnsealModule {}
