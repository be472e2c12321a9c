import { HttpCode, applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import type { z } from 'zod';
import { jsonSchema } from './json-schema.js';

/**
 * Describes an answer in OpenAPI; without a schema it has no body. A 2xx status also becomes the status of the route (Nest would
 * answer POST with 201), so that the document and the wire cannot differ.
 */
export function ZodResponse(status: number, schema: z.ZodType | undefined, description: string): MethodDecorator {
  const content = schema ? { content: { 'application/json': { schema: jsonSchema(schema, 'output') } } } : {};
  const described = ApiResponse({ status, description, ...content });
  return status >= 200 && status < 300 ? applyDecorators(HttpCode(status), described) : applyDecorators(described);
}
