import { notFound, RequireIdentity, ZodBody, ZodParam, ZodQuery, ZodResponse } from '@cryptoutil/http';
import { Controller, Delete, Get, HttpCode, Patch, Put, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { z } from 'zod';
import {
  gatewayClientChangeSchema,
  gatewayClientIdSchema,
  gatewayClientSchema,
  shownGatewayClientSchema,
  type GatewayClientChange,
  type GatewayClientRegistration,
  type ShownGatewayClient,
} from './client.schema.js';
import { GatewayClientStore, type GatewayClientRow } from './client.store.js';
import { WriteClient } from './write-client.js';

const listQuerySchema = z.strictObject({
  after: z.string().max(255).default(''),
  limit: z.coerce.number().int().min(1).max(200).default(100),
});
const listSchema = z.object({ items: z.array(shownGatewayClientSchema), next_after: z.string().optional() });

/** Administration of the Auth Service's clients, for operators with an `ops` certificate. */
@ApiTags('auth service')
@Controller('admin/v1/auth-service/clients')
@RequireIdentity('ops')
export class GatewayClientsController {
  constructor(
    private readonly store: GatewayClientStore,
    private readonly write: WriteClient,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List the clients in the order of their ids' })
  @ZodResponse(200, listSchema, 'A page of clients')
  async list(@ZodQuery(listQuerySchema) { after, limit }: z.output<typeof listQuerySchema>) {
    const rows = await this.store.list(after, limit);
    const last = rows.at(-1);
    return { items: rows.map(shown), ...(rows.length === limit && last && { next_after: last.client_id }) };
  }

  @Get(':clientId')
  @ApiOperation({ summary: 'Show a client' })
  @ZodResponse(200, shownGatewayClientSchema, 'The client, without its secret')
  async show(@ZodParam('clientId', gatewayClientIdSchema) clientId: string): Promise<ShownGatewayClient> {
    return shown(found(await this.store.show(clientId)));
  }

  @Put(':clientId')
  @ApiOperation({ summary: 'Create a client, or replace its registration' })
  @ZodResponse(201, shownGatewayClientSchema, 'Created')
  @ZodResponse(200, shownGatewayClientSchema, 'Replaced')
  async put(
    @ZodParam('clientId', gatewayClientIdSchema) clientId: string,
    @ZodBody(gatewayClientSchema) registration: GatewayClientRegistration,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ShownGatewayClient> {
    const { row, isNew } = await this.write.put(clientId, registration);
    response.status(isNew ? 201 : 200);
    return shown(row);
  }

  @Patch(':clientId')
  @ApiOperation({ summary: 'Change some of a client: disable it, give it another secret' })
  @ZodResponse(200, shownGatewayClientSchema, 'Changed')
  async change(
    @ZodParam('clientId', gatewayClientIdSchema) clientId: string,
    @ZodBody(gatewayClientChangeSchema) change: GatewayClientChange,
  ): Promise<ShownGatewayClient> {
    return shown(found(await this.write.change(clientId, change)));
  }

  @Delete(':clientId')
  @ApiOperation({ summary: 'Remove a client; its tokens are refused from then on' })
  @HttpCode(204)
  async remove(@ZodParam('clientId', gatewayClientIdSchema) clientId: string): Promise<void> {
    if (!(await this.write.remove(clientId))) throw noClient();
  }
}

function shown({ created_at: createdAt, updated_at: updatedAt, ...row }: GatewayClientRow): ShownGatewayClient {
  return { ...row, created_at: createdAt.toISOString(), updated_at: updatedAt.toISOString() };
}

const noClient = () => notFound('No such client.', 'client_not_found');

function found(row: GatewayClientRow | undefined): GatewayClientRow {
  if (!row) throw noClient();
  return row;
}
