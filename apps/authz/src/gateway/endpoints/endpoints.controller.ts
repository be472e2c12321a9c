import { notFound, RequireIdentity, ZodBody, ZodParam, ZodQuery, ZodResponse } from '@cryptoutil/http';
import { Controller, Delete, Get, HttpCode, Patch, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { z } from 'zod';
import { EndpointDirectory } from './endpoint-directory.js';
import {
  endpointChangeSchema,
  endpointSchema,
  shownEndpointSchema,
  type EndpointChange,
  type EndpointRegistration,
  type ShownEndpoint,
} from './endpoint.schema.js';
import { EndpointStore } from './endpoint.store.js';

const idSchema = z.uuid();
const listQuerySchema = z.strictObject({
  after: z.uuid().default('00000000-0000-0000-0000-000000000000'),
  limit: z.coerce.number().int().min(1).max(200).default(100),
});
const listSchema = z.object({ items: z.array(shownEndpointSchema), next_after: z.uuid().optional() });

/** Administration of the endpoints that gateways ask about, for operators with an `ops` certificate. */
@ApiTags('auth service')
@Controller('admin/v1/auth-service/endpoints')
@RequireIdentity('ops')
export class EndpointsController {
  constructor(
    private readonly store: EndpointStore,
    private readonly directory: EndpointDirectory,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List the endpoints in the order of their ids' })
  @ZodResponse(200, listSchema, 'A page of endpoints')
  async list(@ZodQuery(listQuerySchema) { after, limit }: z.output<typeof listQuerySchema>) {
    const items = await this.store.list(after, limit);
    const last = items.at(-1);
    return { items, ...(items.length === limit && last && { next_after: last.id }) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'Show an endpoint' })
  @ZodResponse(200, shownEndpointSchema, 'The endpoint')
  async show(@ZodParam('id', idSchema) id: string): Promise<ShownEndpoint> {
    return found(await this.store.find(id));
  }

  @Post()
  @ApiOperation({ summary: 'Register an endpoint; one with the same URL and method is replaced' })
  @ZodResponse(201, shownEndpointSchema, 'Created')
  @ZodResponse(200, shownEndpointSchema, 'Replaced')
  async put(
    @ZodBody(endpointSchema) endpoint: EndpointRegistration,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ShownEndpoint> {
    const { row, isNew } = await this.store.put(endpoint);
    await this.directory.refresh();
    response.status(isNew ? 201 : 200);
    return row;
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Change scope, description or whether it is active' })
  @ZodResponse(200, shownEndpointSchema, 'Changed')
  async change(
    @ZodParam('id', idSchema) id: string,
    @ZodBody(endpointChangeSchema) change: EndpointChange,
  ): Promise<ShownEndpoint> {
    const row = found(await this.store.change(id, change));
    await this.directory.refresh();
    return row;
  }

  @Delete(':id')
  @ApiOperation({ summary: 'Remove an endpoint' })
  @HttpCode(204)
  async remove(@ZodParam('id', idSchema) id: string): Promise<void> {
    if (!(await this.store.remove(id))) throw noEndpoint();
    await this.directory.refresh();
  }
}

const noEndpoint = () => notFound('No such endpoint.', 'endpoint_not_found');

function found(row: ShownEndpoint | undefined): ShownEndpoint {
  if (!row) throw noEndpoint();
  return row;
}
