import { Controller, Post, Req } from '@nestjs/common';
import { RequireIdentity, ZodBody, ZodResponse } from '@cryptoutil/http';
import { ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import type { z } from 'zod';
import { noteOf } from '../access/audited-request.js';
import { peerOf } from '../audit/audit-trail.js';
import { RollbackCheck } from '../rollback/rollback-check.js';
import { AutoUnseal } from './auto-unseal.js';
import { acknowledgeBody, describeSealStatus, sealStatusAnswer } from './unseal.schema.js';

/** Going on with an older database. */
@ApiTags('administration')
@Controller('/admin/v1/rollback')
export class RollbackController {
  constructor(
    private readonly rollback: RollbackCheck,
    private readonly auto: AutoUnseal,
  ) {}

  /** This replica only: each one has its own memory. With share files it unseals itself then. */
  @Post('acknowledge')
  @RequireIdentity('ops')
  @ZodResponse(200, sealStatusAnswer, 'The database is taken for what it is; where unsealing stands')
  async acknowledge(@Req() request: Request, @ZodBody(acknowledgeBody) body: z.output<typeof acknowledgeBody>) {
    Object.assign(noteOf(request), { operation: 'acknowledge rollback', who: peerOf(request) });
    await this.rollback.acknowledge({ epoch: body.epoch, seq: body.audit_seq });
    await this.auto.again();
    return describeSealStatus(await this.auto.unseal.status());
  }
}
