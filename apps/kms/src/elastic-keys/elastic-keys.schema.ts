import { z } from 'zod';
import { DEFAULT_RSA_BITS, findAlgorithm, rsaBits } from '@cryptoutil/crypto';
import { wrappedImport } from '../import/import.schema.js';
import { algorithmOf, elasticKeyAlgorithms } from './algorithms.js';
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
const policyMembers = z.strictObject({
  rotate_every_seconds: seconds.describe('Age of the current version at which the next one is made.'),
  rotate_after_messages: z
    .number()
    .int()
    .min(1000)
    .max(2 ** 32 - 1)
    .optional()
    .describe('Messages counted under the current version at which the next one is made; of algorithms that count.'),
  activate_after_seconds: seconds.describe(
    'Time from its creation until a version may be used and becomes the current one; its public key is published at once.',
  ),
  expire_after_seconds: seconds.describe(
    'Time from its activation at which a version stops protecting; it goes on decrypting and verifying.',
  ),
  decrypt_for_seconds: seconds.describe('Time from then on during which it still does that; without end when absent.'),
  destroy_after_seconds: seconds.describe(
    'Time from the end of its use until its material is destroyed, unless it is the current version.',
  ),
  keep_versions: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .describe('Newest versions that keep their material, the current one among them; older ones are destroyed.'),
});
const policy = policyMembers.superRefine((given, context) => {
  if (given.expire_after_seconds !== undefined) return;
  for (const member of ['decrypt_for_seconds', 'destroy_after_seconds'] as const) {
    if (given[member] === undefined) continue;
    context.addIssue({ code: 'custom', message: 'needs expire_after_seconds', path: [member] });
  }
});

export const createElasticKeyBody = z.strictObject({
  name,
  description: z.string().max(1024).default(''),
  algorithm: algorithm.default('A256KW+A256GCM'),
  key_bits: z.literal(rsaBits).optional().describe('Length of an RSA key; 3072 when absent.'),
  policy: policy.optional(),
  access: access.default('tenant'),
  import: wrappedImport.optional().describe('The first version is brought in instead of generated.'),
});

export const refinedCreateBody = createElasticKeyBody.refine(
  (body) => body.key_bits === undefined || findAlgorithm(body.algorithm)?.keyType === 'RSA',
  { error: 'only RSA keys have a choice of length', path: ['key_bits'] },
);

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
  key_bits: z.literal(rsaBits).optional().describe('Of RSA keys.'),
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
  ...(algorithmOf(key).keyType === 'RSA' ? { key_bits: key.keyBits ?? DEFAULT_RSA_BITS } : {}),
  status: key.status,
  access: key.access,
  current_version: key.currentVersion,
  current_kid: kid,
  created_at: key.createdAt.toISOString(),
  updated_at: key.updatedAt.toISOString(),
  ...(key.deleteAfter ? { delete_after: key.deleteAfter.toISOString() } : {}),
  ...(key.policy ? { policy: key.policy } : {}),
});
