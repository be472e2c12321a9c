import { z } from 'zod';

const printable = /^[^\p{Cc}\p{Cs}]*$/u;

/** Client ids of the original are any text up to 255 characters. */
export const gatewayClientIdSchema = z
  .string()
  .min(1)
  .max(255)
  .regex(printable, 'must not hold control characters')
  .regex(/^\S(.*\S)?$/u, 'must not begin or end with white space');

export const scopeNameSchema = z
  .string()
  .max(255)
  .regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'must be a scope name (RFC 6749 §3.3)');

const fields = {
  client_secret: z.string().min(1).max(255).describe('Stored as a keyed hash, never shown again'),
  name: z.string().max(255).regex(printable, 'must not hold control characters'),
  access_token_ttl: z.int().min(1).max(86_400).describe('Seconds'),
  allowed_scopes: z.array(scopeNameSchema).max(100),
  active: z.boolean(),
};

/** A whole registration. The secret may be left out when the client has one. */
export const gatewayClientSchema = z
  .strictObject({
    client_secret: fields.client_secret.optional(),
    name: fields.name.default(''),
    access_token_ttl: fields.access_token_ttl.default(3_600),
    allowed_scopes: fields.allowed_scopes.default([]),
    active: fields.active.default(true),
  })
  .meta({ title: 'AuthServiceClient' });

/** What is to change; the rest stays. */
export const gatewayClientChangeSchema = z
  .strictObject(fields)
  .partial()
  .refine((change) => Object.keys(change).length > 0, 'names nothing that is to change');

export type GatewayClientRegistration = z.output<typeof gatewayClientSchema>;
export type GatewayClientChange = z.output<typeof gatewayClientChangeSchema>;

/** What the admin API shows. */
export const shownGatewayClientSchema = z.object({
  client_id: z.string(),
  name: z.string(),
  access_token_ttl: z.int(),
  allowed_scopes: z.array(z.string()),
  active: z.boolean(),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
});
export type ShownGatewayClient = z.infer<typeof shownGatewayClientSchema>;
