import { Module } from '@nestjs/common';
import { AuditedTransaction } from './audited-transaction.js';

/** What puts changes on record. */
@Module({ providers: [AuditedTransaction], exports: [AuditedTransaction] })
export class AuditModule {}
