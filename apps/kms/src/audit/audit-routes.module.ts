import { Module } from '@nestjs/common';
import { AttestationsModule } from '../attestations/attestations.module.js';
import { UnsealModule } from '../unseal/unseal.module.js';
import { AuditController } from './audit.controller.js';
import { AuditModule } from './audit.module.js';
import { SignAuditHead } from './sign-audit-head.js';

/** Reading and verifying the audit chain. */
@Module({
  imports: [AuditModule, AttestationsModule, UnsealModule],
  controllers: [AuditController],
  providers: [SignAuditHead],
})
export class AuditRoutesModule {}
