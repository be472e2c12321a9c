import type { NestExpressApplication } from '@nestjs/platform-express';
import { ModulesContainer } from '@nestjs/core';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { Access } from '../access/declarations.js';
import { declaredRoutes } from '../access/declared-routes.js';
import type { ServiceInfo } from '../server/service-info.js';
import { oauthSchemes, securityOf, type SecurityScheme } from './security.js';
import type { OpenApiOptions } from './serve-openapi.js';

type Operation = { operationId?: string; responses?: Record<string, unknown>; security?: Record<string, string[]>[] };

export interface OpenApiDocument {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components?: { schemas?: Record<string, unknown>; securitySchemes?: Record<string, SecurityScheme> };
  [member: string]: unknown;
}

const problemSchema = {
  type: 'object',
  description: 'A problem document (RFC 9457).',
  required: ['type', 'title', 'status', 'code', 'detail'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    code: { type: 'string', description: 'Stable, for programs' },
    detail: { type: 'string' },
    request_id: { type: 'string' },
    fields: {
      type: 'array',
      items: { type: 'object', properties: { name: { type: 'string' }, detail: { type: 'string' } } },
    },
  },
};

/** The OpenAPI 3.1 document of an application: its routes, what they take and answer, and who may call them. */
export function openApiDocument(
  app: NestExpressApplication,
  options: OpenApiOptions,
  info: ServiceInfo,
): OpenApiDocument {
  const head = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle(options.title)
    .setDescription(options.description ?? '')
    .setVersion(info.version)
    .addServer(info.publicUrl)
    .build();
  const document = SwaggerModule.createDocument(app, head, {
    operationIdFactory: operationId,
  }) as unknown as OpenApiDocument;
  const access = new Map(
    declaredRoutes(app.get(ModulesContainer)).map((route) => [
      operationId(route.controller, route.method),
      route.access,
    ]),
  );
  for (const operation of operations(document))
    complete(operation, access.get(declaredId(operation.operationId)), options);
  document.components = {
    ...document.components,
    schemas: { ...document.components?.schemas, Problem: problemSchema },
    securitySchemes: oauthSchemes(options.oauth),
  };
  return document;
}

/** A method that is served at several paths comes as `method[0]`, `method[1]`; the first keeps the plain name. */
const operationId = (controller: string, method: string) => {
  const at = Number(/\[(\d+)\]$/.exec(method)?.[1] ?? 0);
  return `${controller.replace(/Controller$/, '')}_${method.replace(/\[\d+\]$/, '')}${at === 0 ? '' : `_${at + 1}`}`;
};

/** The same for all paths of a method. */
const declaredId = (id: string | undefined) => (id ?? '').replace(/_\d+$/, '');

function operations(document: OpenApiDocument): Operation[] {
  return Object.values(document.paths).flatMap((path) => Object.values(path));
}

function complete(operation: Operation, access: Access | undefined, options: OpenApiOptions): void {
  operation.security = securityOf(access, options.oauth !== undefined);
  operation.responses = {
    ...operation.responses,
    default: {
      description: 'A problem',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    },
  };
}
