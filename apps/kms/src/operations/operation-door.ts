import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { DirectRoute, FindDirectRoute } from '@cryptoutil/http';
import type { z } from 'zod';
import { apiPaths } from '../access/api-paths.js';
import { CallRules } from './call-rules.js';
import { OperationCall } from './operation-call.js';
import { batchBody } from './operation-batch.js';
import { accessOf, operationPath } from './operation-path.js';
import { operationRoutes } from './operation-routes.js';
import { type AnyOperation, RunOperation } from './run-operation.js';
import type { OperationRoute } from './operation.js';

/** Largest body of one operation: a payload of 64 KiB as base64url, and room for the rest. */
const BODY_LIMIT_BYTES = 128 * 1024;
/** Largest body of a batch. */
const BATCH_BODY_LIMIT_BYTES = 2 * 1024 * 1024;

/** A route of an operation and everything that a call to it needs. */
export interface OperationDoorway extends DirectRoute {
  readonly operation: OperationRoute;
  readonly performer: AnyOperation;
  readonly batch: boolean;
  readonly browser: boolean;
  readonly body: z.ZodType;
}

/** Finds the routes of operations, under both prefixes of the API, for the server that answers them before the framework sees them. */
@Injectable()
export class OperationDoor {
  readonly #doorways = new Map<string, OperationDoorway>();

  constructor(
    private readonly modules: ModuleRef,
    private readonly runner: RunOperation,
    private readonly rules: CallRules,
  ) {}

  /** To be asked when the application has been put together. */
  open(): FindDirectRoute {
    for (const route of operationRoutes) this.#add(route);
    return (incoming) => this.#find(incoming);
  }

  #find(incoming: IncomingMessage): ReturnType<FindDirectRoute> {
    if (incoming.method !== 'POST') return undefined;
    const path = operationPath(incoming.url!);
    const route = path && this.#doorways.get(nameOf(path));
    if (!route) return undefined;
    return { route, call: new OperationCall(route, path.id, incoming, this.runner, this.rules) };
  }

  #add(operation: OperationRoute): void {
    const performer = this.modules.get<AnyOperation>(operation.operation, { strict: false });
    const access = accessOf(operation);
    for (const batch of [false, true])
      for (const pattern of apiPaths(`elastic-keys/:id/${operation.name}${batch ? ':batch' : ''}`)) {
        const { browser } = operationPath(pattern)!;
        this.#doorways.set(nameOf({ browser, name: operation.name, batch }), {
          ...{ operation, performer, batch, browser, pattern },
          access: { kind: 'scope-or-identity', scopes: access.scope, identities: access.identities },
          body: batch ? batchBody(operation) : operation.refined,
          bodyLimitBytes: batch ? BATCH_BODY_LIMIT_BYTES : BODY_LIMIT_BYTES,
        });
      }
  }
}

const nameOf = ({ browser, name, batch }: { browser: boolean; name: string; batch: boolean }): string =>
  `${browser ? 'browser' : 'service'} ${name}${batch ? ':batch' : ''}`;
