import { Controller, Delete, Get, Post, UseInterceptors } from '@nestjs/common';
import { ZodBody, ZodParam, ZodResponse } from '@cryptoutil/http';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { apiPaths } from '../access/api-paths.js';
import { CurrentCaller } from '../access/audited-request.js';
import type { Caller } from '../access/caller.js';
import { MayAdminister, MayInspect } from '../access/may.js';
import { RequireUnsealed } from '../access/served-while-sealed.js';
import { DescribeElasticKey } from '../elastic-keys/describe-elastic-key.js';
import { GrantKey } from './grant-key.js';
import { describeGrant, grantAnswer, grantBody, grantListAnswer } from './grants.schema.js';
import { KeyGrantStore } from './key-grant.store.js';

/** Who may use a key whose `access` is `grants`. */
@ApiTags('grants')
@Controller(apiPaths('elastic-keys/:id/grants'))
@UseInterceptors(RequireUnsealed)
export class GrantsController {
  constructor(
    private readonly granting: GrantKey,
    private readonly describe: DescribeElasticKey,
    private readonly store: KeyGrantStore,
  ) {}

  @Post()
  @MayAdminister()
  @ZodResponse(201, grantAnswer, 'The grant, effective now')
  async grant(
    @CurrentCaller() caller: Caller,
    @ZodParam('id', z.string()) id: string,
    @ZodBody(grantBody) body: z.output<typeof grantBody>,
  ) {
    caller.note.operation = 'grant';
    const grant = await this.granting.grant(caller, id, {
      subject: body.grantee.subject ?? null,
      clientId: body.grantee.client_id ?? null,
      operations: body.operations,
      contextRule: body.context ?? null,
      expiresAt: body.expires_at === undefined ? null : new Date(body.expires_at),
    });
    return describeGrant(grant);
  }

  @Get()
  @MayInspect()
  @ZodResponse(200, grantListAnswer, 'Grants of the key, oldest first')
  async list(@CurrentCaller() caller: Caller, @ZodParam('id', z.string()) id: string) {
    Object.assign(caller.note, { operation: 'read', keyId: id });
    const { key } = await this.describe.execute(caller, id);
    const items = (await this.store.ofKey(caller.tenant, key.id)).map(describeGrant);
    return { items, total: items.length };
  }

  @Delete(':grant')
  @MayAdminister()
  @ZodResponse(204, undefined, 'The grant is worth nothing any more')
  async revoke(
    @CurrentCaller() caller: Caller,
    @ZodParam('id', z.string()) id: string,
    @ZodParam('grant', z.uuid()) grant: string,
  ): Promise<void> {
    caller.note.operation = 'revoke grant';
    await this.granting.revoke(caller, id, grant);
  }
}
