import { z } from 'zod';
import { elasticKeyAlgorithms } from './algorithms.js';
import type { ElasticKeyEntity } from './elastic-key.entity.js';
import { DELETION_DAYS } from './switch-elastic-key.js';
import { listSorts } from './list-elastic-keys.js';

const name = z
  .string()
  .max(63)
  .regex(
    /^[^\p{C}\s](?:[^\p{C}]*[^\p{C}\s])?$/u,
    'must have 1 to 63 characters, no control characters and no white space at its ends',
  )
  .describe('Unique in the tenant, for good.');
const algorithm = z.enum(elasticKeyAlgorithms as [string, ...string[]]);
const status = z.enum(['enabled', 'disabled', 'pending_deletion', 'destroyed']);
const access = z
  .enum(['tenant', 'grants'])
  .describe('Who may use the key: everybody of the tenant with the scope for it, or only those with a grant.');
const seconds = z.number().int().min(60).max(315_360_000).optional();
const policy = z.strictObject({
  rotate_every_seconds: seconds.describe('Age of the current version at which the next one is made.'),
  expire_after_seconds: seconds.describe(
    'Age at which a version stops protecting; it goes on decrypting and verifying.',
  ),
});

export const createElasticKeyBody = z.strictObject({
  name,
  description: z.string().max(1024).default(''),
  algorithm: algorithm.default('A256KW+A256GCM'),
  policy: policy.optional(),
  access: access.default('tenant'),
});

export const updateElasticKeyBody = z
  .strictObject({
    description: z.string().max(1024).optional(),
    policy: policy.nullable().optional().describe('Holds for versions that are made from now on; null: none.'),
    access: access.optional().describe('Only who administers keys changes it (scope kms:admin).'),
  })
  .refine((body) => Object.keys(body).length > 0, { error: 'there is nothing to change', path: ['description'] });

export const deleteElasticKeyQuery = z.strictObject({
  days: z.coerce.number().int().min(DELETION_DAYS.least).max(DELETION_DAYS.most).default(DELETION_DAYS.most),
});

/** A query parameter that may be given once or several times. */
const anyOf = <T extends z.ZodType>(one: T) =>
  z.union([z.array(one).max(100), one.transform((value) => [value] as z.output<T>[])]).optional();

export const listElasticKeysQuery = z.strictObject({
  id: anyOf(z.uuid()),
  name: anyOf(z.string().min(1).max(63)),
  algorithm: anyOf(algorithm),
  status: anyOf(status),
  created_from: z.iso.datetime({ offset: true }).optional(),
  created_before: z.iso.datetime({ offset: true }).optional(),
  sort: z.enum(listSorts).default('created_at'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.string().max(512).optional(),
});

export const elasticKeyAnswer = z.object({
  id: z.uuid(),
  name: z.string(),
  description: z.string(),
  algorithm,
  status,
  current_version: z.number().int(),
  current_kid: z.uuid().describe('`kid` of messages made by the current version.'),
  created_at: z.iso.datetime(),
  updated_at: z.iso.datetime(),
  delete_after: z.iso.datetime().optional().describe('When the key is destroyed, while its deletion is pending.'),
  policy: policy.optional(),
  access,
});

export const elasticKeyListAnswer = z.object({
  items: z.array(elasticKeyAnswer),
  total: z.number().int(),
  next_cursor: z.string().nullable(),
});

export const jwksAnswer = z.object({ keys: z.array(z.looseObject({ kid: z.string(), kty: z.string() })) });

/** A key as it is on the wire. */
export const describeKey = ({
  key,
  kid,
}: {
  key: ElasticKeyEntity;
  kid: string;
}): z.input<typeof elasticKeyAnswer> => ({
  id: key.id,
  name: key.name,
  description: key.description,
  algorithm: key.algorithm,
  status: key.status,
  access: key.access,
  current_version: key.currentVersion,
  current_kid: kid,
  created_at: key.createdAt.toISOString(),
  updated_at: key.updatedAt.toISOString(),
  ...(key.deleteAfter ? { delete_after: key.deleteAfter.toISOString() } : {}),
  ...(key.policy ? { policy: key.policy } : {}),
});
