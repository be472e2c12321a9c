import { Controller, Get, Post, Req, UseInterceptors } from '@nestjs/common';
import { RequireIdentity, ZodResponse } from '@cryptoutil/http';
import { ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { z } from 'zod';
import { noteOf } from '../access/audited-request.js';
import { RequireUnsealed } from '../access/served-while-sealed.js';
import { peerOf } from '../audit/audit-trail.js';
import { type BarrierState, BarrierTurnStore } from '../barrier/barrier-turn.store.js';
import { KmsError } from '../errors/kms-error.js';
import { RewrapJob } from './rewrap-job.js';
import { type ContentKeyStatus, RotateContentKey } from './rotate-content-key.js';

const statusAnswer = z.object({
  epoch: z.number().int().describe('Turns of the barrier: every rotation and every new share set is one.'),
  share_set: z.string().describe('Whose shares unseal.'),
  root: z.object({ epoch: z.number().int() }),
  intermediate: z.object({ epoch: z.number().int() }),
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

const describe = (
  barrier: BarrierState,
  { epoch, epochs, total, remaining }: ContentKeyStatus,
): z.input<typeof statusAnswer> => ({
  epoch: barrier.epoch,
  share_set: barrier.shareSet,
  root: { epoch: barrier.rootEpoch },
  intermediate: { epoch: barrier.intermediateEpoch },
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
    private readonly turns: BarrierTurnStore,
  ) {}

  @Post('rotate/content')
  @RequireIdentity('ops')
  @ZodResponse(200, statusAnswer, 'The new key seals; what is left is sealed anew in the background')
  async rotate(@Req() request: Request) {
    const note = Object.assign(noteOf(request), { operation: 'rotate content key', who: peerOf(request) });
    await this.rotation.execute({ tenant: 'kms', note });
    const status = await this.#status();
    void this.job.run();
    return status;
  }

  @Get('status')
  @RequireIdentity('ops')
  @ZodResponse(200, statusAnswer, 'Which key seals, and how far sealing anew is')
  async status(@Req() request: Request) {
    Object.assign(noteOf(request), { operation: 'barrier status', who: peerOf(request) });
    return this.#status();
  }

  async #status() {
    const content = await this.rotation.status();
    const barrier = await this.turns.state();
    if (!barrier) throw new KmsError('uninitialized');
    return describe(barrier, content);
  }
}
