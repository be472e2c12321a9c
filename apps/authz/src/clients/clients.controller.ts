import { Problem, RequireIdentity, ZodBody, ZodParam, ZodQuery } from '@cryptoutil/http';
import { Controller, Delete, Get, HttpCode, Put, Res } from '@nestjs/common';
import type { Response } from 'express';
import {
  clientIdSchema,
  clientListQuerySchema,
  clientSchema,
  type ClientMetadata,
  type ClientRegistration,
} from './client.schema.js';
import { ClientStore } from './client.store.js';
import { RegisterClient } from './register-client.js';

type ShownClient = Omit<ClientMetadata, 'client_secret' | 'response_types'>;

/** Administration of clients, for operators with an `ops` certificate. */
@Controller('admin/v1/clients')
@RequireIdentity('ops')
export class ClientsController {
  constructor(
    private readonly store: ClientStore,
    private readonly registerClient: RegisterClient,
  ) {}

  @Get()
  async list(
    @ZodQuery(clientListQuerySchema) { after, limit }: { after: string; limit: number },
  ): Promise<{ items: ShownClient[]; next_after?: string }> {
    const clients = await this.store.list(after, limit);
    const last = clients.at(-1);
    return { items: clients.map(shown), ...(clients.length === limit && last && { next_after: last.client_id }) };
  }

  @Get(':clientId')
  async show(@ZodParam('clientId', clientIdSchema) clientId: string): Promise<ShownClient> {
    const client = await this.store.find(clientId);
    if (!client) throw unknownClient();
    return shown(client);
  }

  @Put(':clientId')
  async put(
    @ZodParam('clientId', clientIdSchema) clientId: string,
    @ZodBody(clientSchema) registration: ClientRegistration,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ShownClient> {
    const { client, isNew } = await this.registerClient.register(clientId, registration);
    response.status(isNew ? 201 : 200);
    return shown(client);
  }

  @Delete(':clientId')
  @HttpCode(204)
  async remove(@ZodParam('clientId', clientIdSchema) clientId: string): Promise<void> {
    if (!(await this.store.remove(clientId))) throw unknownClient();
  }
}

/** Secrets and their hashes are never shown. */
function shown({ client_secret: _secret, response_types: _types, ...client }: ClientMetadata): ShownClient {
  return client;
}

const unknownClient = (): Problem => new Problem({ status: 404, code: 'client_not_found', detail: 'No such client.' });
