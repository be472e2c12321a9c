import { z } from 'zod';
import { scopeNameSchema } from '../clients/client.schema.js';
import { isPattern } from './endpoint-pattern.js';

const fields = {
  scope: scopeNameSchema.describe('What a token needs to call it'),
  description: z.string().max(1_000),
  active: z.boolean(),
};

const plain = z
  .string()
  .min(1)
  .max(2_048)
  .regex(/^[\x21-\x7e]+$/, 'must be a URL without spaces and control characters');

/** An endpoint is known by its URL and method; registering both again replaces the rest. */
export const endpointSchema = z
  .strictObject({
    url: plain.describe(
      'As the gateway sends it; with `pattern`, `*` stands for a path segment and a last `**` for any rest',
    ),
    pattern: z.boolean().default(false),
    method: z
      .string()
      .max(32)
      .regex(/^[A-Za-z]*$/, 'must be an HTTP method')
      .transform((method) => method.toUpperCase())
      .default('')
      .describe('Empty: any'),
    scope: fields.scope,
    description: fields.description.default(''),
    active: fields.active.default(true),
  })
  .refine(({ pattern, url }) => !pattern || isPattern(url), {
    path: ['url'],
    message: 'must be a URL in which * is a whole path segment and ** the last one',
  });

export const endpointChangeSchema = z
  .strictObject(fields)
  .partial()
  .refine((change) => Object.keys(change).length > 0, 'names nothing that is to change');

export type EndpointRegistration = z.output<typeof endpointSchema>;
export type EndpointChange = z.output<typeof endpointChangeSchema>;

/** What the admin API shows. */
export const shownEndpointSchema = z.object({
  id: z.uuid(),
  url: z.string(),
  pattern: z.boolean(),
  method: z.string(),
  scope: z.string(),
  description: z.string(),
  active: z.boolean(),
});
export type ShownEndpoint = z.infer<typeof shownEndpointSchema>;
