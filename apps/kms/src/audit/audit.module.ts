import { Module } from '@nestjs/common';
import { BarrierModule } from '../barrier/barrier.module.js';
import { AuditChainStore } from './audit-chain.store.js';
import { AuditQueue } from './audit-queue.js';
import { AuditTrail } from './audit-trail.js';
import { AuditedTransaction } from './audited-transaction.js';

const provided = [AuditChainStore, AuditQueue, AuditTrail, AuditedTransaction];

/** What puts calls and changes on record. Its routes are in `AuditRoutesModule`. */
@Module({ imports: [BarrierModule], providers: provided, exports: provided })
export class AuditModule {}
