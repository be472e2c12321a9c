import { base64url } from '@cryptoutil/crypto';
import { Injectable } from '@nestjs/common';
import type { Caller } from '../access/caller.js';
import { KmsError } from '../errors/kms-error.js';
import type { ElasticKeyEntity } from './elastic-key.entity.js';
import { readerOf } from './readable-keys.js';
import { type ListFilter, type ListPosition, ListElasticKeysStore } from './list-elastic-keys.store.js';

/** What to list. Lists mean "any of". */
export interface ListRequest extends ListFilter {
  sort: ListSort;
  limit: number;
  cursor?: string | undefined;
}

/** Orders a list can have; `-` is descending. Ties are ordered by id. */
export const listSorts = ['created_at', '-created_at', 'name', '-name'] as const;
export type ListSort = (typeof listSorts)[number];

/** A page of keys; `total` counts all that match, `nextCursor` is null on the last page. */
export interface KeyPage {
  items: { key: ElasticKeyEntity; kid: string }[];
  total: number;
  nextCursor: string | null;
}

/** Lists the keys of a tenant page by page; keys made meanwhile neither repeat nor hide others. */
@Injectable()
export class ListElasticKeys {
  constructor(private readonly store: ListElasticKeysStore) {}

  /** Errors: `invalid_request` for a cursor that is not of this order. */
  async execute(caller: Caller, request: ListRequest): Promise<KeyPage> {
    const after = request.cursor === undefined ? undefined : readCursor(request.cursor, request.sort);
    const column = request.sort.endsWith('name') ? 'name' : 'createdAt';
    const descending = request.sort.startsWith('-');
    const { rows, total } = await this.store.page(caller.tenant, visibleTo(caller, request), {
      column,
      descending,
      after,
      limit: request.limit + 1,
    });
    const items = rows.slice(0, request.limit);
    const last = rows.length > request.limit ? items.at(-1) : undefined;
    return { items, total, nextCursor: last ? writeCursor(request.sort, last.key) : null };
  }
}

/** An internal identity sees only the keys that are declared for it, a token no keys that are closed to it. */
const visibleTo = ({ visibleNames, rights }: Caller, filter: ListFilter): ListFilter =>
  visibleNames === undefined
    ? { ...filter, reader: readerOf(rights) }
    : { ...filter, names: filter.names?.filter((name) => visibleNames.includes(name)) ?? [...visibleNames] };

const writeCursor = (sort: ListSort, key: ElasticKeyEntity): string => {
  const value = sort.endsWith('name') ? key.name : key.createdAt.toISOString();
  return base64url.encode(Buffer.from(JSON.stringify([sort, value, key.id])));
};

const readCursor = (cursor: string, sort: ListSort): ListPosition => {
  try {
    const parsed: unknown = JSON.parse(base64url.decode(cursor).toString('utf8'));
    if (Array.isArray(parsed) && parsed.length === 3 && parsed[0] === sort) {
      const [, value, id] = parsed as unknown[];
      const dated = sort.endsWith('name') || (typeof value === 'string' && !Number.isNaN(Date.parse(value)));
      if (typeof value === 'string' && typeof id === 'string' && dated && /^[0-9a-f-]{36}$/.test(id))
        return { value, id };
    }
  } catch {
    // Falls through: every unreadable cursor gets the same answer.
  }
  throw new KmsError('invalid_request', { field: 'cursor', detail: 'cursor is not one that this list gave out.' });
};
