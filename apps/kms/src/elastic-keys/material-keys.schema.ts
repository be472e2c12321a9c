import { z } from 'zod';
import { elasticKeyAlgorithms } from './algorithms.js';
import { describedStatus } from './key-states.js';
import type { ListedVersion, MaterialFilter } from './list-material-keys.store.js';

const status = z.enum(['enabled', 'disabled', 'revoked', 'destroyed', 'not_active', 'expired', 'ended']);
const time = z.iso.datetime({ offset: true }).optional();

const anyOf = <T extends z.ZodType>(one: T) =>
  z.union([z.array(one).max(100), one.transform((value) => [value] as z.output<T>[])]).optional();

export const listVersionsQuery = z.strictObject({
  id: anyOf(z.uuid()),
  version: anyOf(z.coerce.number().int().min(1)),
  status: anyOf(status).describe(
    'As the answer shows it: an `enabled` version whose time is over is `expired` or `ended`.',
  ),
  created_from: time.describe('Inclusive.'),
  created_before: time.describe('Exclusive.'),
  expires_from: time.describe('Inclusive; versions without an end are left out.'),
  expires_before: time.describe('Exclusive; versions without an end are left out.'),
  sort: z.enum(['created_at', '-created_at']).default('created_at'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.uuid().optional().describe('Of the page before.'),
});
export const listAllVersionsQuery = listVersionsQuery.extend({
  elastic_key_id: anyOf(z.uuid()),
  name: anyOf(z.string().min(1).max(63)).describe('Of the key.'),
  algorithm: anyOf(z.enum(elasticKeyAlgorithms as [string, ...string[]])).describe('Of the key.'),
});

export const versionAnswer = z.object({
  id: z.uuid().describe('`kid` of messages made by this version.'),
  elastic_key_id: z.uuid(),
  version: z.number().int(),
  current: z.boolean(),
  origin: z.enum(['generated', 'imported']),
  status,
  created_at: z.iso.datetime(),
  activates_at: z.iso.datetime().nullable().describe('Until then it does nothing.'),
  expires_at: z.iso.datetime().nullable().describe('From then on it only decrypts and verifies.'),
  decrypts_until: z.iso.datetime().nullable().describe('From then on it does nothing.'),
  destroy_at: z.iso.datetime().nullable().describe('When its material is destroyed, unless it is the current one.'),
  last_used_at: z.iso.datetime().nullable().describe('Up to a minute late.'),
  message_count: z.number().int().optional().describe('Messages reserved, when some were counted.'),
});
export const versionListAnswer = z.object({
  items: z.array(versionAnswer),
  total: z.number().int(),
  next_cursor: z.string().nullable(),
});

/** A version as it is on the wire. */
export const describeVersion = (
  { version, currentVersion }: ListedVersion,
  now: Date,
): z.input<typeof versionAnswer> => ({
  id: version.id,
  elastic_key_id: version.elasticKeyId,
  version: version.version,
  current: version.version === currentVersion,
  origin: version.origin,
  status: describedStatus(version, now),
  created_at: version.createdAt.toISOString(),
  activates_at: version.activatesAt?.toISOString() ?? null,
  expires_at: version.expiresAt?.toISOString() ?? null,
  decrypts_until: version.decryptsUntil?.toISOString() ?? null,
  destroy_at: version.destroyAt?.toISOString() ?? null,
  last_used_at: version.lastUsedAt?.toISOString() ?? null,
  ...(version.messageCount === '0' ? {} : { message_count: Number(version.messageCount) }),
});

const date = (text: string | undefined) => (text === undefined ? undefined : new Date(text));

/** The conditions of a query. */
export const versionFilter = (
  query: z.output<typeof listAllVersionsQuery> | z.output<typeof listVersionsQuery>,
): MaterialFilter => ({
  ids: query.id,
  versions: query.version,
  statuses: query.status,
  createdFrom: date(query.created_from),
  createdBefore: date(query.created_before),
  expiresFrom: date(query.expires_from),
  expiresBefore: date(query.expires_before),
  ...('elastic_key_id' in query ? { elasticKeyIds: query.elastic_key_id } : {}),
  ...('name' in query ? { names: query.name } : {}),
  ...('algorithm' in query ? { algorithms: query.algorithm } : {}),
});
