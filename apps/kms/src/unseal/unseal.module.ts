import { Module } from '@nestjs/common';
import { BarrierModule } from '../barrier/barrier.module.js';
import { InternalIdentitiesModule } from '../internal-identities/internal-identities.module.js';
import { AutoUnseal } from './auto-unseal.js';
import { InitializeBarrier } from './initialize-barrier.js';
import { ShareGate } from './share-gate.js';
import { UnsealBarrier } from './unseal-barrier.js';
import { UnsealController } from './unseal.controller.js';

/** Initialising, unsealing and sealing, by operators and from share files. */
@Module({
  imports: [BarrierModule, InternalIdentitiesModule],
  controllers: [UnsealController],
  providers: [AutoUnseal, InitializeBarrier, ShareGate, UnsealBarrier],
  exports: [ShareGate, UnsealBarrier],
})
export class UnsealModule {}
