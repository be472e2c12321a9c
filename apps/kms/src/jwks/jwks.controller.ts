import { Controller, Get, Req, Res } from '@nestjs/common';
import { RequireScopeOrIdentity, ZodParam, ZodResponse } from '@cryptoutil/http';
import { ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { apiPaths } from '../access/api-paths.js';
import { CurrentCaller } from '../access/audited-request.js';
import type { Caller } from '../access/caller.js';
import { jwksAnswer } from '../elastic-keys/elastic-keys.schema.js';
import { keyHoldingIdentities } from '../internal-identities/internal-identities.js';
import { PublicKeys } from './public-keys.js';

/** Public keys, served while the kms is sealed too: verification goes on. */
@ApiTags('elastic keys')
@Controller(apiPaths('elastic-keys'))
export class JwksController {
  constructor(private readonly keys: PublicKeys) {}

  @Get(':id/jwks')
  @RequireScopeOrIdentity({ scope: ['kms:read', 'kms:verify', 'kms:admin'], identities: keyHoldingIdentities })
  @ZodResponse(200, jwksAnswer, 'Public keys of all versions, newest first; none for a symmetric key')
  async jwks(
    @CurrentCaller() caller: Caller,
    @ZodParam('id', z.string()) id: string,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { body, etag } = await this.keys.execute(caller, id);
    response.setHeader('ETag', etag);
    // Tenants do not share caches: what is kept, is kept by the caller alone.
    response.setHeader('Cache-Control', 'private, max-age=60, must-revalidate');
    // `fresh` compares If-None-Match with the ETag that was just set (RFC 9110 §13.1.2).
    if (request.fresh) response.status(304).end();
    else response.status(200).type('application/json').send(body);
  }
}
