import type { OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';

/** A JSON Schema as OpenAPI 3.1 embeds it (its dialect is JSON Schema 2020-12). */
export type JsonSchema = Exclude<
  NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>[string],
  { $ref: string }
>;

/** The schema of what a client sends (`input`) or gets (`output`). What JSON Schema cannot say is left open; dates are date-time text. */
export function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema: json }) => {
      if (zodSchema._zod.def.type === 'date') Object.assign(json, { type: 'string', format: 'date-time' });
    },
  });
  return json as JsonSchema;
}

/** The members of an object schema, one by one, for parameters. */
export function objectProperties(schema: z.ZodObject): { name: string; required: boolean; schema: JsonSchema }[] {
  const { properties = {}, required = [] } = jsonSchema(schema, 'input') as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    required: required.includes(name),
    schema: property,
  }));
}
