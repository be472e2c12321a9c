import { Controller, Get, Res } from '@nestjs/common';
import { Public, ZodResponse } from '@cryptoutil/http';
import { ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { z } from 'zod';
import { Readiness } from './readiness.js';

const liveAnswer = z.object({ status: z.literal('live') });
const readyAnswer = z.object({ status: z.enum(['ready', 'uninitialized', 'sealed', 'database']) });

/** Liveness and readiness, for everybody. */
@ApiTags('health')
@Controller('/admin/v1')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get('livez')
  @Public()
  @ZodResponse(200, liveAnswer, 'The process lives')
  livez() {
    return { status: 'live' };
  }

  @Get('readyz')
  @Public()
  @ZodResponse(200, readyAnswer, 'The kms serves')
  @ZodResponse(503, readyAnswer, 'Why it does not')
  async readyz(@Res({ passthrough: true }) response: Response) {
    const status = await this.readiness.status();
    response.setHeader('Cache-Control', 'no-store');
    if (status !== 'ready') response.status(503).setHeader('Retry-After', '2');
    return { status };
  }
}
