import { Controller, Get, Post, UseInterceptors } from '@nestjs/common';
import { ZodBody, ZodParam, ZodQuery, ZodResponse } from '@cryptoutil/http';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { apiPaths } from '../access/api-paths.js';
import { CurrentCaller } from '../access/audited-request.js';
import type { Caller } from '../access/caller.js';
import { MayRead, MayWrite } from '../access/may.js';
import { RequireUnsealed } from '../access/served-while-sealed.js';
import { ImportElasticKey } from '../import/import-elastic-key.js';
import { CreateElasticKey } from './create-elastic-key.js';
import { DescribeElasticKey } from './describe-elastic-key.js';
import {
  describeKey,
  elasticKeyAnswer,
  elasticKeyListAnswer,
  listElasticKeysQuery,
  refinedCreateBody,
} from './elastic-keys.schema.js';
import { ListElasticKeys } from './list-elastic-keys.js';
import { RotateElasticKey } from './rotate-elastic-key.js';

const keyId = z.string();

/** Making, finding and rotating elastic keys. */
@ApiTags('elastic keys')
@Controller(apiPaths('elastic-keys'))
@UseInterceptors(RequireUnsealed)
export class ElasticKeysController {
  constructor(
    private readonly create: CreateElasticKey,
    private readonly describe: DescribeElasticKey,
    private readonly list: ListElasticKeys,
    private readonly rotate: RotateElasticKey,
    private readonly importing: ImportElasticKey,
  ) {}

  @Post()
  @MayWrite()
  @ZodResponse(201, elasticKeyAnswer, 'The key with its first version')
  async createKey(
    @CurrentCaller() caller: Caller,
    @ZodBody(refinedCreateBody) { import: wrapped, key_bits: keyBits, ...body }: z.output<typeof refinedCreateBody>,
  ) {
    caller.note.operation = 'create';
    const wanted = { ...body, keyBits };
    const made = await (wrapped ? this.importing.create(caller, wanted, wrapped) : this.create.execute(caller, wanted));
    return describeKey(made);
  }

  @Get()
  @MayRead()
  @ZodResponse(200, elasticKeyListAnswer, 'A page of keys')
  async listKeys(
    @CurrentCaller() caller: Caller,
    @ZodQuery(listElasticKeysQuery) query: z.output<typeof listElasticKeysQuery>,
  ) {
    caller.note.operation = 'list';
    const { items, total, nextCursor } = await this.list.execute(caller, {
      ids: query.id,
      names: query.name,
      algorithms: query.algorithm,
      statuses: query.status,
      createdFrom: query.created_from === undefined ? undefined : new Date(query.created_from),
      createdBefore: query.created_before === undefined ? undefined : new Date(query.created_before),
      sort: query.sort,
      limit: query.limit,
      cursor: query.cursor,
    });
    return { items: items.map(describeKey), total, next_cursor: nextCursor };
  }

  @Get(':id')
  @MayRead()
  @ZodResponse(200, elasticKeyAnswer, 'The key')
  async getKey(@CurrentCaller() caller: Caller, @ZodParam('id', keyId) id: string) {
    caller.note.operation = 'read';
    caller.note.keyId = id;
    return describeKey(await this.describe.execute(caller, id));
  }

  @Post(':id/rotate')
  @MayWrite()
  @ZodResponse(200, elasticKeyAnswer, 'The key with its new current version')
  async rotateKey(@CurrentCaller() caller: Caller, @ZodParam('id', keyId) id: string) {
    caller.note.operation = 'rotate';
    caller.note.keyId = id;
    const rotated = await this.rotate.execute(caller, id);
    return describeKey(rotated);
  }
}
