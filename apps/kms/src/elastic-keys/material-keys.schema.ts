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
  status: z.enum([...storedStatus.options, 'expired']),
  created_at: z.iso.datetime(),
  expires_at: z.iso.datetime().nullable().describe('From then on it only decrypts and verifies.'),
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
  status: describedStatus(version, new Date()),
  created_at: version.createdAt.toISOString(),
  expires_at: version.expiresAt?.toISOString() ?? null,
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
