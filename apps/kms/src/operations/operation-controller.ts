import { Controller, Inject, Post, type Type, UseInterceptors } from '@nestjs/common';
import { RequireScopeOrIdentity, ZodBody, ZodParam, ZodResponse } from '@cryptoutil/http';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { apiPaths } from '../access/api-paths.js';
import { CurrentCaller } from '../access/audited-request.js';
import type { Caller } from '../access/caller.js';
import { RequireUnsealed } from '../access/served-while-sealed.js';
import { keyHoldingIdentities as identities } from '../internal-identities/internal-identities.js';
import type { OperationRoute } from './operation.js';
import { RunOperation } from './run-operation.js';

/** Most items of a batch. */
export const BATCH_LIMIT = 1000;

const keyId = z.string();
const reference = z.string().max(256).optional().describe('Given back with the result.');

/** The controller of an operation: `POST …/{name}` and `POST …/{name}:batch`. */
export function operationController(route: OperationRoute): Type {
  const { name, scope } = route;
  const dryRunAnswer = z.object({ dry_run: z.literal(true), kid: z.string() });
  const batchBody = z.strictObject({
    // Members of an item are judged one by one: a wrong item has its own error and the others are done.
    items: z.array(z.looseObject({ reference })).min(1).max(BATCH_LIMIT),
    ...Object.fromEntries(route.shared.map((member) => [member, (route.body.shape[member] as z.ZodType).optional()])),
  });
  const batchAnswer = z.object({
    items: z.array(
      z.union([z.looseObject({ reference }), z.object({ reference, error: z.object({ code: z.string() }) })]),
    ),
  });

  @ApiTags('operations')
  @Controller(apiPaths('elastic-keys/:id'))
  @UseInterceptors(RequireUnsealed)
  class OperationController {
    constructor(
      @Inject(route.operation) private readonly operation: Parameters<RunOperation['one']>[1],
      @Inject(RunOperation) private readonly runner: RunOperation,
    ) {}

    @Post(name)
    @RequireScopeOrIdentity({ scope: scope as string, identities })
    @ZodResponse(200, z.union([route.answer, dryRunAnswer]), route.description)
    run(
      @CurrentCaller() caller: Caller,
      @ZodParam('id', keyId) id: string,
      @ZodBody(route.refined) body: Record<string, unknown>,
    ): Promise<object> {
      return this.runner.one(route, this.operation, caller, id, body);
    }

    @Post(`${name}\\:batch`)
    @RequireScopeOrIdentity({ scope: scope as string, identities })
    @ZodResponse(200, batchAnswer, 'A result or an error for each item, in order')
    batch(
      @CurrentCaller() caller: Caller,
      @ZodParam('id', keyId) id: string,
      @ZodBody(batchBody) body: { items: { reference?: string | undefined }[] },
    ): Promise<object> {
      return this.runner.many(route, this.operation, caller, id, body);
    }
  }
  // The OpenAPI document tells operations apart by the name of their class.
  Object.defineProperty(OperationController, 'name', { value: `${name}Controller` });
  return OperationController;
}
