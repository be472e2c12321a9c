import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { BarrierModule } from '../barrier/barrier.module.js';
import { UnsealModule } from '../unseal/unseal.module.js';
import { Rekey } from './rekey.js';
import { RekeyController } from './rekey.controller.js';
import { ReplaceShares } from './replace-shares.js';
import { RotateIntermediateKey } from './rotate-intermediate-key.js';

/** New shares, root and intermediate keys, by a quorum of share holders. */
@Module({
  imports: [AuditModule, BarrierModule, UnsealModule],
  controllers: [RekeyController],
  providers: [Rekey, ReplaceShares, RotateIntermediateKey],
})
export class RekeyModule {}
