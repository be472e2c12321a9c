import { Controller, Delete, Get, Post, UseInterceptors } from '@nestjs/common';
import { ZodBody, ZodParam, ZodResponse } from '@cryptoutil/http';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { apiPaths } from '../access/api-paths.js';
import { CurrentCaller } from '../access/audited-request.js';
import type { Caller } from '../access/caller.js';
import { MayInspect, MayWrite } from '../access/may.js';
import { RequireUnsealed } from '../access/served-while-sealed.js';
import { AssignAlias } from './assign-alias.js';

const alias = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/, 'must be 1 to 63 of a-z, 0-9, dot, dash and underscore');
const aliasBody = z.strictObject({ alias });
const aliasAnswer = z.object({ alias, elastic_key_id: z.string() });
const aliasesAnswer = z.object({ items: z.array(z.object({ alias })) });

/** Other names of a key: every route that takes the id of a key takes `alias:<alias>` too, where the key is used or read. */
@ApiTags('elastic keys')
@Controller(apiPaths('elastic-keys/:id/aliases'))
@UseInterceptors(RequireUnsealed)
export class AliasesController {
  constructor(private readonly aliases: AssignAlias) {}

  @Post()
  @MayWrite()
  @ZodResponse(200, aliasAnswer, 'The alias points at this key')
  async assign(
    @CurrentCaller() caller: Caller,
    @ZodParam('id', z.string()) id: string,
    @ZodBody(aliasBody) body: z.output<typeof aliasBody>,
  ) {
    caller.note.operation = 'alias';
    await this.aliases.assign(caller, id, body.alias);
    return { alias: body.alias, elastic_key_id: id };
  }

  @Get()
  @MayInspect()
  @ZodResponse(200, aliasesAnswer, 'Aliases of the key')
  async list(@CurrentCaller() caller: Caller, @ZodParam('id', z.string()) id: string) {
    Object.assign(caller.note, { operation: 'read', keyId: id });
    return { items: (await this.aliases.list(caller, id)).map((name) => ({ alias: name })) };
  }

  @Delete(':alias')
  @MayWrite()
  @ZodResponse(204, undefined, 'The alias is gone')
  async remove(
    @CurrentCaller() caller: Caller,
    @ZodParam('id', z.string()) id: string,
    @ZodParam('alias', alias) name: string,
  ): Promise<void> {
    caller.note.operation = 'unalias';
    await this.aliases.remove(caller, id, name);
  }
}
