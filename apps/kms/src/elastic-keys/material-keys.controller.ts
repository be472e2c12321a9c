import { Controller, Get, Post, UseInterceptors } from '@nestjs/common';
import { ZodParam, ZodQuery, ZodResponse } from '@cryptoutil/http';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { apiPaths } from '../access/api-paths.js';
import { CurrentCaller } from '../access/audited-request.js';
import type { Caller } from '../access/caller.js';
import { MayAdminister, MayInspect, MayWrite } from '../access/may.js';
import { RequireUnsealed } from '../access/served-while-sealed.js';
import { Clock } from './clock.js';
import { DescribeElasticKey } from './describe-elastic-key.js';
import { ListMaterialKeysStore, type MaterialFilter } from './list-material-keys.store.js';
import {
  describeVersion,
  listAllVersionsQuery,
  listVersionsQuery,
  versionAnswer,
  versionFilter,
  versionListAnswer,
} from './material-keys.schema.js';
import { readerOf } from './readable-keys.js';
import { SwitchMaterialKey } from './switch-material-key.js';

const versionParam = z.coerce.number().int().min(1).max(2_147_483_647);

/** The versions of keys and their states. */
@ApiTags('material keys')
@Controller(apiPaths(''))
@UseInterceptors(RequireUnsealed)
export class MaterialKeysController {
  constructor(
    private readonly store: ListMaterialKeysStore,
    private readonly describe: DescribeElasticKey,
    private readonly switching: SwitchMaterialKey,
    private readonly clock: Clock,
  ) {}

  @Get('material-keys')
  @MayInspect()
  @ZodResponse(200, versionListAnswer, 'A page of versions of all keys')
  async listAll(
    @CurrentCaller() caller: Caller,
    @ZodQuery(listAllVersionsQuery) query: z.output<typeof listAllVersionsQuery>,
  ) {
    caller.note.operation = 'list';
    return this.#page(caller, versionFilter(query), query);
  }

  @Get('elastic-keys/:id/material-keys')
  @MayInspect()
  @ZodResponse(200, versionListAnswer, 'A page of versions of the key')
  async list(
    @CurrentCaller() caller: Caller,
    @ZodParam('id', z.string()) id: string,
    @ZodQuery(listVersionsQuery) query: z.output<typeof listVersionsQuery>,
  ) {
    Object.assign(caller.note, { operation: 'read', keyId: id });
    const { key } = await this.describe.execute(caller, id);
    return this.#page(caller, { ...versionFilter(query), elasticKeyIds: [key.id] }, query);
  }

  @Post('elastic-keys/:id/material-keys/:version/enable')
  @MayWrite()
  @ZodResponse(200, versionAnswer, 'The version is enabled')
  enable(
    @CurrentCaller() caller: Caller,
    @ZodParam('id', z.string()) id: string,
    @ZodParam('version', versionParam) version: number,
  ) {
    return this.#switch(caller, id, version, 'enable', 'enabled');
  }

  @Post('elastic-keys/:id/material-keys/:version/disable')
  @MayWrite()
  @ZodResponse(200, versionAnswer, 'The version is suspended')
  disable(
    @CurrentCaller() caller: Caller,
    @ZodParam('id', z.string()) id: string,
    @ZodParam('version', versionParam) version: number,
  ) {
    return this.#switch(caller, id, version, 'disable', 'disabled');
  }

  @Post('elastic-keys/:id/material-keys/:version/revoke')
  @MayAdminister()
  @ZodResponse(200, versionAnswer, 'The version is revoked for good')
  revoke(
    @CurrentCaller() caller: Caller,
    @ZodParam('id', z.string()) id: string,
    @ZodParam('version', versionParam) version: number,
  ) {
    return this.#switch(caller, id, version, 'revoke', 'revoked');
  }

  async #switch(
    caller: Caller,
    id: string,
    version: number,
    operation: string,
    status: 'enabled' | 'disabled' | 'revoked',
  ) {
    caller.note.operation = `${operation} version`;
    return describeVersion(await this.switching.execute(caller, id, version, status), this.clock.now());
  }

  async #page(caller: Caller, filter: MaterialFilter, query: z.output<typeof listVersionsQuery>) {
    const reader = readerOf(caller.rights);
    const now = this.clock.now();
    const { rows, total } = await this.store.page(
      caller.tenant,
      { ...filter, reader },
      {
        descending: query.sort.startsWith('-'),
        after: query.cursor,
        limit: query.limit + 1,
      },
      now,
    );
    const items = rows.slice(0, query.limit);
    const last = rows.length > query.limit ? items.at(-1) : undefined;
    return { items: items.map((item) => describeVersion(item, now)), total, next_cursor: last?.version.id ?? null };
  }
}
