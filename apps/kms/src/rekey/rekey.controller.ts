import { Controller, Get, Post, Req, UseInterceptors } from '@nestjs/common';
import { Public, RequireIdentity, ZodBody, ZodResponse } from '@cryptoutil/http';
import { ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import type { z } from 'zod';
import { noteOf } from '../access/audited-request.js';
import { RequireUnsealed } from '../access/served-while-sealed.js';
import { peerOf } from '../audit/audit-trail.js';
import { type GivenShare, Rekey } from './rekey.js';
import {
  cancelBody,
  describeRekey,
  describeStep,
  givenShareBody,
  rekeyBody,
  rekeyStatusAnswer,
  rekeyStepAnswer,
} from './rekey.schema.js';

const noted = (request: Request, operation: string) =>
  Object.assign(noteOf(request), { operation, who: peerOf(request) });

/** The ceremony that hands out new shares, and turns the keys that only a quorum may turn. */
@ApiTags('administration')
@Controller('/admin/v1')
@UseInterceptors(RequireUnsealed)
export class RekeyController {
  constructor(private readonly rekey: Rekey) {}

  @Post('rekey/init')
  @RequireIdentity('ops')
  @ZodResponse(200, rekeyStatusAnswer, 'A round is open: a quorum of the shares in use is wanted')
  async init(@Req() request: Request, @ZodBody(rekeyBody) body: z.output<typeof rekeyBody>) {
    noted(request, 'rekey init');
    return describeRekey((await this.rekey.begin({ turns: 'shares', ...body })).progress);
  }

  /** New shares are what a new root key comes in: rotating it is a rekey with the counts as they are. */
  @Post('barrier/rotate/root')
  @RequireIdentity('ops')
  @ZodResponse(200, rekeyStatusAnswer, 'A round is open, as after rekey/init with the counts in use')
  async rotateRoot(@Req() request: Request) {
    noted(request, 'rotate root key');
    return describeRekey((await this.rekey.begin({ turns: 'shares' })).progress);
  }

  @Post('barrier/rotate/intermediate')
  @RequireIdentity('ops')
  @ZodResponse(200, rekeyStatusAnswer, 'A round is open: the quorum turns the intermediate key')
  async rotateIntermediate(@Req() request: Request) {
    noted(request, 'rotate intermediate key');
    return describeRekey((await this.rekey.begin({ turns: 'intermediate' })).progress);
  }

  @Get('rekey/status')
  @RequireIdentity('ops')
  @ZodResponse(200, rekeyStatusAnswer, 'Where the round of this replica stands')
  status(@Req() request: Request) {
    noted(request, 'rekey status');
    return describeRekey(this.rekey.progress);
  }

  /** Operators only, other than unsealing: the answer to the last share holds every new one. */
  @Post('rekey/update')
  @RequireIdentity('ops')
  @ZodResponse(200, rekeyStepAnswer, 'Where the round stands; with the last share, the new shares')
  async update(@Req() request: Request, @ZodBody(givenShareBody) body: z.output<typeof givenShareBody>) {
    return describeStep(await this.rekey.authorize(given(request, 'rekey update', body)));
  }

  /** Everybody who holds a new share and knows the nonce of the round, as with unsealing. */
  @Post('rekey/verify')
  @Public()
  @ZodResponse(200, rekeyStepAnswer, 'Where the round stands; with the last share, the new set is in use')
  async verify(@Req() request: Request, @ZodBody(givenShareBody) body: z.output<typeof givenShareBody>) {
    const share = given(request, 'rekey verify', body);
    const step = await this.rekey.verify(share);
    share.by.note.holdsShare = true;
    return describeStep(step);
  }

  @Post('rekey/cancel')
  @RequireIdentity('ops')
  @ZodResponse(200, rekeyStatusAnswer, 'The round is over and nothing has changed')
  async cancel(@Req() request: Request, @ZodBody(cancelBody) body: z.output<typeof cancelBody>) {
    noted(request, 'rekey cancel');
    await this.rekey.cancel(body.nonce);
    return describeRekey(undefined);
  }
}

const given = (request: Request, operation: string, body: z.output<typeof givenShareBody>): GivenShare => ({
  by: { tenant: 'kms', note: noted(request, operation) },
  peer: peerOf(request),
  text: body.share,
  nonce: body.nonce,
});
