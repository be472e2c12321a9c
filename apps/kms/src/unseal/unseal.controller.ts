import { Controller, Get, Post, Req } from '@nestjs/common';
import { Public, RequireIdentity, ZodBody, ZodResponse } from '@cryptoutil/http';
import { ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { z } from 'zod';
import { noteOf } from '../access/audited-request.js';
import type { AuditNote } from '../access/caller.js';
import { peerOf } from '../audit/audit-trail.js';
import { InitializeBarrier } from './initialize-barrier.js';
import { UnsealBarrier } from './unseal-barrier.js';
import {
  describeInitialization,
  describeSealStatus,
  initAnswer,
  initBody,
  sealAnswer,
  sealStatusAnswer,
  unsealBody,
} from './unseal.schema.js';

/** The ceremony: initialise, give shares, seal. */
@ApiTags('administration')
@Controller('/admin/v1')
export class UnsealController {
  constructor(
    private readonly initialize: InitializeBarrier,
    private readonly unsealing: UnsealBarrier,
  ) {}

  /** Only operators: who initialises holds every share for a moment. */
  @Post('init')
  @RequireIdentity('ops')
  @ZodResponse(201, initAnswer, 'The shares, handed out once')
  async init(@Req() request: Request, @ZodBody(initBody) body: z.output<typeof initBody>) {
    Object.assign(noteOf(request), { operation: 'init', who: peerOf(request) });
    return describeInitialization(await this.initialize.execute(body));
  }

  /** Everybody: a share holder needs to see how far the round is, and none of it helps to guess a share. */
  @Get('seal-status')
  @Public()
  @ZodResponse(200, sealStatusAnswer, 'Where unsealing stands on this replica')
  async sealStatus() {
    return describeSealStatus(await this.unsealing.status());
  }

  /**
   * Operators, and everybody who holds a share: a share is 256 bits of proof by itself, and a wrong one is refused at once, changes nothing and
   * is counted against its sender. A share holder therefore needs no certificate.
   */
  @Post('unseal')
  @Public()
  @ZodResponse(200, sealStatusAnswer, 'Where unsealing stands after the share')
  async unseal(@Req() request: Request, @ZodBody(unsealBody) body: z.output<typeof unsealBody>) {
    const who = peerOf(request);
    const note: AuditNote = Object.assign(noteOf(request), { operation: 'unseal', who });
    // Once unsealed, a share is not looked at.
    const judged = !this.unsealing.ready || this.unsealing.behind;
    const status = await this.unsealing.giveShare(body.share, who, body.nonce);
    if (judged) note.holdsShare = true;
    return describeSealStatus(status);
  }

  /** This replica only: the others keep their keys until they are sealed too. */
  @Post('seal')
  @RequireIdentity('ops')
  @ZodResponse(200, sealAnswer, 'The kms is sealed')
  async seal(@Req() request: Request): Promise<z.input<typeof sealAnswer>> {
    Object.assign(noteOf(request), { operation: 'seal', who: peerOf(request) });
    // The database is not asked for anything: sealing works while it is away.
    await this.unsealing.seal();
    return { sealed: true };
  }
}
