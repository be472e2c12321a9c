import { z } from 'zod';
import { describedStatus } from './key-states.js';
import type { ListedVersion, MaterialFilter } from './list-material-keys.store.js';

const storedStatus = z.enum(['enabled', 'disabled', 'revoked', 'destroyed']);

const anyOf = <T extends z.ZodType>(one: T) =>
  z.union([z.array(one).max(100), one.transform((value) => [value] as z.output<T>[])]).optional();

export const listVersionsQuery = z.strictObject({
  id: anyOf(z.uuid()),
  version: anyOf(z.coerce.number().int().min(1)),
  status: anyOf(storedStatus),
  created_from: z.iso.datetime({ offset: true }).optional(),
  created_before: z.iso.datetime({ offset: true }).optional(),
  sort: z.enum(['created_at', '-created_at']).default('created_at'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  cursor: z.uuid().optional().describe('Of the page before.'),
});
export const listAllVersionsQuery = listVersionsQuery.extend({ elastic_key_id: anyOf(z.uuid()) });

export const versionAnswer = z.object({
  id: z.uuid().describe('`kid` of messages made by this version.'),
  elastic_key_id: z.uuid(),
  version: z.number().int(),
  current: z.boolean(),
  origin: z.enum(['generated', 'imported']),
  status: z.enum([...storedStatus.options, 'not_active', 'expired', 'ended']),
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
export const describeVersion = ({ version, currentVersion }: ListedVersion): z.input<typeof versionAnswer> => ({
  id: version.id,
  elastic_key_id: version.elasticKeyId,
  version: version.version,
  current: version.version === currentVersion,
  origin: version.origin,
  status: describedStatus(version, new Date()),
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
  ...('elastic_key_id' in query ? { elasticKeyIds: query.elastic_key_id } : {}),
});
