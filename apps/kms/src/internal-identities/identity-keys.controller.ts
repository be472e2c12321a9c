import { Controller, Post, Req, UseInterceptors } from '@nestjs/common';
import { RequireIdentity, ZodParam, ZodResponse } from '@cryptoutil/http';
import { ApiTags } from '@nestjs/swagger';
import type { Request } from 'express';
import { z } from 'zod';
import { noteOf } from '../access/audited-request.js';
import { RequireUnsealed } from '../access/served-while-sealed.js';
import { peerOf } from '../audit/audit-trail.js';
import { ElasticKeyStore } from '../elastic-keys/elastic-key.store.js';
import { describeKey, elasticKeyAnswer } from '../elastic-keys/elastic-keys.schema.js';
import { RotateElasticKey } from '../elastic-keys/rotate-elastic-key.js';
import { KmsError } from '../errors/kms-error.js';
import { identityKey } from './internal-identities.js';

/** What operators do with the keys of the suite's services: no token reaches their tenants. */
@ApiTags('administration')
@Controller('/admin/v1/identities/:identity/keys/:name')
@UseInterceptors(RequireUnsealed)
export class IdentityKeysController {
  constructor(
    private readonly store: ElasticKeyStore,
    private readonly rotate: RotateElasticKey,
  ) {}

  @Post('rotate')
  @RequireIdentity('ops')
  @ZodResponse(200, elasticKeyAnswer, 'The key with its new current version')
  async rotateKey(
    @Req() request: Request,
    @ZodParam('identity', z.string()) tenant: string,
    @ZodParam('name', z.string()) name: string,
  ) {
    const note = Object.assign(noteOf(request), { operation: 'rotate', who: peerOf(request), tenant });
    const id = identityKey(tenant, name) ? await this.store.idOf(tenant, name) : undefined;
    if (id === undefined) throw new KmsError('key_not_found');
    return describeKey(await this.rotate.execute({ tenant, note }, id));
  }
}
