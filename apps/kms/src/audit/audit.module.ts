import { Module } from '@nestjs/common';
import { AuditChainStore } from './audit-chain.store.js';
import { AuditQueue } from './audit-queue.js';
import { AuditedTransaction } from './audited-transaction.js';

const provided = [AuditChainStore, AuditQueue, AuditedTransaction];

/** What puts calls and changes on record. Its routes are in `AuditRoutesModule`. */
@Module({ providers: provided, exports: provided })
export class AuditModule {}
