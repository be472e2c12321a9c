import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiBody, ApiParam, ApiQuery } from '@nestjs/swagger';
import type { Request } from 'express';
import type { z } from 'zod';
import { Problem } from '../problem/problem.js';
import { jsonSchema, objectProperties } from './json-schema.js';
import { parseInput } from './parse-input.js';

/** The JSON (or form) body, checked. A body that is not JSON or a form is 415; a wrong field is 400 and named. In OpenAPI by itself. */
export const ZodBody = <S extends z.ZodType>(schema: S): ParameterDecorator =>
  described(
    createParamDecorator((_data: unknown, context: ExecutionContext) =>
      parseInput(schema, bodyOf(requestIn(context))),
    )(),
    ApiBody({ required: true, schema: jsonSchema(schema, 'input') }),
  );

/** The whole query string, checked against an object schema. A parameter sent twice arrives as an array and is refused by a text schema. */
export const ZodQuery = <S extends z.ZodObject>(schema: S): ParameterDecorator =>
  described(
    // A copy: the query object of Express has no prototype, which strict schemas do not mind but spread results should not inherit.
    createParamDecorator((_data: unknown, context: ExecutionContext) =>
      parseInput(schema, { ...requestIn(context).query }),
    )(),
    ...objectProperties(schema).map(({ name, required, schema }) => ApiQuery({ name, required, schema })),
  );

/** One segment of the path (`/keys/:id` → `ZodParam('id', z.uuid())`), checked. */
export const ZodParam = <S extends z.ZodType>(name: string, schema: S): ParameterDecorator =>
  described(
    createParamDecorator((_data: unknown, context: ExecutionContext) =>
      parseInput(schema, requestIn(context).params[name], name),
    )(),
    ApiParam({ name, required: true, schema: jsonSchema(schema, 'input') }),
  );

const requestIn = (context: ExecutionContext) => context.switchToHttp().getRequest<Request>();

/** A parameter decorator that also writes the method's part of the OpenAPI document. */
function described(parameter: ParameterDecorator, ...methods: MethodDecorator[]): ParameterDecorator {
  return (target, method, index) => {
    parameter(target, method, index);
    if (method === undefined) return;
    const descriptor = Object.getOwnPropertyDescriptor(target, method)!;
    for (const describe of methods) describe(target, method, descriptor);
  };
}

function bodyOf(request: Request): unknown {
  const body: unknown = request.body;
  if (body !== undefined) return body;
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  if (!hasBody) return {};
  throw new Problem({
    status: 415,
    code: 'unsupported_media_type',
    detail: 'The request body must be application/json.',
  });
}
