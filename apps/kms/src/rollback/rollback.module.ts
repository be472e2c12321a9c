import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/audit.module.js';
import { BarrierModule } from '../barrier/barrier.module.js';
import { BARRIER_ANCHOR_FILE } from '../environment.module.js';
import { BarrierAnchor } from './barrier-anchor.js';
import { RollbackCheck } from './rollback-check.js';

/** Notices a database that went back. */
@Module({
  imports: [AuditModule, BarrierModule],
  providers: [
    {
      provide: BarrierAnchor,
      useFactory: (path: string | undefined) => new BarrierAnchor(path),
      inject: [BARRIER_ANCHOR_FILE],
    },
    RollbackCheck,
  ],
  exports: [RollbackCheck],
})
export class RollbackModule {}
