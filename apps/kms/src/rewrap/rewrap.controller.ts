import { Controller, Get, Post, Req, UseInterceptors } from '@nestjs/common';
import { RequireIdentity, ZodResponse } from '@cryptoutil/http';
import { ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { z } from 'zod';
import { noteOf } from '../access/audited-request.js';
import { RequireUnsealed } from '../access/served-while-sealed.js';
import { peerOf } from '../audit/audit-trail.js';
import { RewrapJob } from './rewrap-job.js';
import { type ContentKeyStatus, RotateContentKey } from './rotate-content-key.js';

const statusAnswer = z.object({
  content: z.object({
    epoch: z.number().int().describe('Of the key that seals.'),
    epochs: z.array(z.object({ epoch: z.number().int(), retired: z.boolean() })),
  }),
  rewrap: z.object({
    total: z.number().int().describe('Sealed rows.'),
    remaining: z.number().int().describe('Rows that are still under an older key.'),
    done: z.boolean(),
  }),
});

const describe = ({ epoch, epochs, total, remaining }: ContentKeyStatus): z.input<typeof statusAnswer> => ({
  content: { epoch, epochs },
  rewrap: { total, remaining, done: remaining === 0 },
});

/** Rotating what the rows are sealed under. */
@ApiTags('administration')
@Controller('/admin/v1/barrier')
@UseInterceptors(RequireUnsealed)
export class RewrapController {
  constructor(
    private readonly rotation: RotateContentKey,
    private readonly job: RewrapJob,
  ) {}

  @Post('rotate/content')
  @RequireIdentity('ops')
  @ZodResponse(200, statusAnswer, 'The new key seals; what is left is sealed anew in the background')
  async rotate(@Req() request: Request) {
    const note = Object.assign(noteOf(request), { operation: 'rotate content key', who: peerOf(request) });
    await this.rotation.execute({ tenant: 'kms', note });
    const status = describe(await this.rotation.status());
    void this.job.run();
    return status;
  }

  @Get('status')
  @RequireIdentity('ops')
  @ZodResponse(200, statusAnswer, 'Which key seals, and how far sealing anew is')
  async status(@Req() request: Request) {
    Object.assign(noteOf(request), { operation: 'barrier status', who: peerOf(request) });
    return describe(await this.rotation.status());
  }
}
