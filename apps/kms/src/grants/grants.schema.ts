import { z } from 'zod';
import { grantedOperations, operationsWithContext } from './granted-operation.js';
import type { KeyGrantEntity } from './key-grant.entity.js';

/** `sub` and `client_id` of access tokens are printable ASCII (RFC 6749 appendix A, OpenID Connect Core §2). */
const identifier = z.string().regex(/^[\x20-\x7e]{1,255}$/, 'must be 1 to 255 printable ASCII characters');
const grantee = z
  .strictObject({
    subject: identifier.optional().describe('`sub` that the access token must have.'),
    client_id: identifier.optional().describe('`client_id` that the access token must have.'),
  })
  .refine((given) => Object.keys(given).length > 0, {
    error: 'subject, client_id or both are needed',
    path: ['subject'],
  });
const operations = z
  .array(z.enum(grantedOperations))
  .min(1)
  .max(grantedOperations.length)
  .transform((given) => grantedOperations.filter((operation) => given.includes(operation)));
const text = z.string().min(1).max(1024);
const context = z.union([z.strictObject({ equals: text }), z.strictObject({ prefix: text })], {
  error: 'exactly one of equals and prefix is needed',
});

export const grantBody = z
  .strictObject({
    grantee,
    operations,
    context: context.optional().describe('The context that the operations must bind.'),
    expires_at: z.iso.datetime({ offset: true }).optional().describe('From then on the grant is worth nothing.'),
  })
  .refine(
    ({ operations: given, context: rule }) => !rule || given.every((one) => operationsWithContext.includes(one)),
    {
      error: `only these operations bind a context: ${operationsWithContext.join(', ')}`,
      path: ['context'],
    },
  );

export const grantAnswer = z.object({
  id: z.uuid(),
  grantee: z.object({ subject: z.string().optional(), client_id: z.string().optional() }),
  operations: z.array(z.enum(grantedOperations)),
  context: context.optional(),
  expires_at: z.iso.datetime().optional(),
  created_by: z.string(),
  created_at: z.iso.datetime(),
});
export const grantListAnswer = z.object({ items: z.array(grantAnswer), total: z.number().int() });

/** A grant as it is on the wire. */
export const describeGrant = (row: KeyGrantEntity): z.input<typeof grantAnswer> => ({
  id: row.id,
  grantee: {
    ...(row.subject === null ? {} : { subject: row.subject }),
    ...(row.clientId === null ? {} : { client_id: row.clientId }),
  },
  operations: row.operations,
  ...(row.contextRule === null ? {} : { context: row.contextRule }),
  ...(row.expiresAt === null ? {} : { expires_at: row.expiresAt.toISOString() }),
  created_by: row.createdBy,
  created_at: row.createdAt.toISOString(),
});
