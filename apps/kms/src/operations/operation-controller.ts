import { Controller, Post, type Type } from '@nestjs/common';
import { RequireScopeOrIdentity, ZodBody, ZodParam, ZodResponse, notFound } from '@cryptoutil/http';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { apiPaths } from '../access/api-paths.js';
import type { OperationRoute } from './operation.js';
import { batchAnswer, batchBody } from './operation-batch.js';
import { accessOf } from './operation-path.js';

/**
 * Declares `POST …/{name}` and `POST …/{name}:batch` of an operation: in the OpenAPI document, and so that other methods are answered 405. The calls
 * themselves are answered by `OperationDoor` before the framework sees them, so nothing reaches these methods.
 */
export function operationController(route: OperationRoute): Type {
  const { name } = route;
  const dryRunAnswer = z.object({ dry_run: z.literal(true), kid: z.string() });

  @ApiTags('operations')
  @Controller(apiPaths('elastic-keys/:id'))
  class OperationController {
    @Post(name)
    @RequireScopeOrIdentity(accessOf(route))
    @ZodResponse(200, z.union([route.answer, dryRunAnswer]), route.description)
    run(@ZodParam('id', z.string()) _id: string, @ZodBody(route.refined) _body: unknown): never {
      throw notFound();
    }

    @Post(`${name}\\:batch`)
    @RequireScopeOrIdentity(accessOf(route))
    @ZodResponse(200, batchAnswer, 'A result or an error for each item, in order')
    batch(@ZodParam('id', z.string()) _id: string, @ZodBody(batchBody(route)) _body: unknown): never {
      throw notFound();
    }
  }
  // The OpenAPI document tells operations apart by the name of their class.
  Object.defineProperty(OperationController, 'name', { value: `${name}Controller` });
  return OperationController;
}
