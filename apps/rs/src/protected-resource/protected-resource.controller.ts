import { Controller, Delete, Get, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import {
  CurrentAccessToken,
  notFound,
  RequireScope,
  ServiceInfo,
  ZodBody,
  ZodParam,
  ZodQuery,
  ZodResponse,
} from '@cryptoutil/http';
import type { AccessTokenClaims } from '@cryptoutil/oauth';
import { CreateResource } from './create-resource.js';
import { DeleteResource } from './delete-resource.js';
import { ListResources } from './list-resources.js';
import {
  createResourceBody,
  deleteResourceQuery,
  listResourcesQuery,
  resourceBody,
  resourceId,
  resourcePage,
  type CreateResourceBody,
  type ListResourcesQuery,
  type ResourceBody,
  type ResourcePage,
} from './protected-resource.schema.js';
import { ReadResource } from './read-resource.js';
import { ownerOf } from './resource-owner.js';

const path = 'api/v1/protected/resource';

/** What the subject of the access token keeps here. Another subject's resource answers as one that does not exist. */
@ApiTags('protected resource')
@Controller(path)
export class ProtectedResourceController {
  constructor(
    private readonly createResource: CreateResource,
    private readonly readResource: ReadResource,
    private readonly listResources: ListResources,
    private readonly deleteResource: DeleteResource,
    private readonly service: ServiceInfo,
  ) {}

  @Get()
  @RequireScope('read:resource')
  @ApiOperation({ summary: 'Lists your resources, newest first, without their secret notes' })
  @ZodResponse(200, resourcePage, 'A page of resources')
  list(
    @CurrentAccessToken() token: AccessTokenClaims,
    @ZodQuery(listResourcesQuery) query: ListResourcesQuery,
  ): Promise<ResourcePage> {
    return this.listResources.run(ownerOf(token), query);
  }

  @Get(':id')
  @RequireScope('read:resource')
  @ApiOperation({ summary: 'One of your resources with its secret note' })
  @ZodResponse(200, resourceBody, 'The resource')
  async read(
    @CurrentAccessToken() token: AccessTokenClaims,
    @ZodParam('id', resourceId) id: string,
  ): Promise<ResourceBody> {
    return (await this.readResource.run(ownerOf(token), id)) ?? refuseUnknown();
  }

  @Post()
  @RequireScope('write:resource')
  @ApiOperation({ summary: 'Keeps a new resource; its secret note is stored only encrypted' })
  @ZodResponse(201, resourceBody, 'Kept, at the address in Location')
  async create(
    @CurrentAccessToken() token: AccessTokenClaims,
    @ZodBody(createResourceBody) body: CreateResourceBody,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ResourceBody> {
    const created = await this.createResource.run(ownerOf(token), body);
    response.setHeader('Location', `${this.service.publicUrl}/${path}/${created.id}`);
    return created;
  }

  @Delete(':id')
  @RequireScope('delete:resource')
  @ApiOperation({ summary: 'Deletes one of your resources' })
  @ZodResponse(204, undefined, 'Deleted')
  async delete(@CurrentAccessToken() token: AccessTokenClaims, @ZodParam('id', resourceId) id: string): Promise<void> {
    if (!(await this.deleteResource.run(ownerOf(token), id))) refuseUnknown();
  }

  @Delete()
  @RequireScope('delete:resource')
  @ApiOperation({ summary: 'Deletes one of your resources, named in the query' })
  @ZodResponse(204, undefined, 'Deleted')
  deleteByQuery(
    @CurrentAccessToken() token: AccessTokenClaims,
    @ZodQuery(deleteResourceQuery) { id }: { id: string },
  ): Promise<void> {
    return this.delete(token, id);
  }
}

/** One answer for "does not exist" and "is another's". */
function refuseUnknown(): never {
  throw notFound('You have no such resource.', 'resource_not_found');
}
