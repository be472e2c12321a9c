import { z } from 'zod';

// PostgreSQL text cannot hold NUL, and a lone surrogate would come back as another character than was sent.
const storable = (maximum: number) =>
  z
    .string()
    .min(1)
    .max(maximum)
    .refine((text) => !text.includes('\0') && text.isWellFormed(), 'must be well-formed text without NUL');

export const createResourceBody = z
  .strictObject({
    name: storable(200).meta({ description: 'What the owner calls it' }),
    description: storable(2_000).optional(),
    secret_note: storable(4_096).meta({ description: 'Stored only encrypted by the key service' }),
  })
  .meta({ title: 'NewResource' });
export type CreateResourceBody = z.infer<typeof createResourceBody>;

export const resourceId = z.uuid().transform((id) => id.toLowerCase());

export const deleteResourceQuery = z.strictObject({ id: resourceId });

export const listResourcesQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.uuid().optional().meta({ description: '`next_cursor` of the page before' }),
});
export type ListResourcesQuery = z.infer<typeof listResourcesQuery>;

export const resourceSummary = z
  .object({ id: z.uuid(), name: z.string(), description: z.string().nullable(), created_at: z.iso.datetime() })
  .meta({ title: 'ResourceSummary' });
export type ResourceSummaryBody = z.infer<typeof resourceSummary>;

export const resourceBody = resourceSummary.extend({ secret_note: z.string() }).meta({ title: 'Resource' });
export type ResourceBody = z.infer<typeof resourceBody>;

export const resourcePage = z
  .object({ items: z.array(resourceSummary), next_cursor: z.uuid().nullable() })
  .meta({ title: 'ResourcePage' });
export type ResourcePage = z.infer<typeof resourcePage>;
