import { Controller, Get, Req } from '@nestjs/common';
import { RequireIdentity, ZodResponse } from '@cryptoutil/http';
import { ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { z } from 'zod';
import { noteOf } from '../access/audited-request.js';
import { peerOf } from '../audit/audit-trail.js';
import { KeyPool } from './key-pool.js';

const count = z.number().int();
const keyPoolsAnswer = z.object({
  pools: z.array(
    z.object({
      kind: z.string(),
      depth: count.describe('Keys that it holds when it is full.'),
      ready: count.describe('Keys that wait to be taken.'),
      generated: count.describe('Keys made since the start of this process.'),
      taken: count.describe('Keys given out since then.'),
      missed: count.describe('Keys that had to be made while somebody waited.'),
      refill_ms: count.nullable().describe('Milliseconds that it took last to be full again; null before that.'),
    }),
  ),
});

/** What the pools of this replica hold; counts, never keys. */
@ApiTags('admin')
@Controller('/admin/v1/key-pools')
export class KeyPoolsController {
  constructor(private readonly pool: KeyPool) {}

  @Get()
  @RequireIdentity('ops')
  @ZodResponse(200, keyPoolsAnswer, 'One row a kind of key')
  figures(@Req() request: Request) {
    Object.assign(noteOf(request), { operation: 'key pools', who: peerOf(request) });
    return { pools: this.pool.figures.map(({ refillMs, ...figures }) => ({ ...figures, refill_ms: refillMs })) };
  }
}
