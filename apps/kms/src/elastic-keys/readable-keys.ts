import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import type { Rights } from '../access/caller.js';

/** Somebody to whom keys may be closed. */
export interface Reader {
  subject: string;
  clientId: string;
}

/** Whom lists have to be narrowed for; undefined for those who administer the keys. */
export const readerOf = (rights: Rights): Reader | undefined =>
  rights.kind === 'token' && !rights.administers ? rights : undefined;

// A list shows columns and proves nothing; what is done with a key it shows is decided by `KeyPermissions`.
const readable = `(e.access = 'tenant' OR EXISTS (
  SELECT 1 FROM key_grants g
   WHERE g.elastic_key_id = e.id AND g.tenant = e.tenant AND g.operations && '{read,manage}'
     AND (g.subject IS NULL OR g.subject = :reader) AND (g.client_id IS NULL OR g.client_id = :readerClient)
     AND (g.expires_at IS NULL OR g.expires_at > now())))`;

/** Leaves keys (`e`) out of a list that the reader was not granted to read. */
export function onlyReadable<T extends ObjectLiteral>(query: SelectQueryBuilder<T>, reader: Reader): void {
  query.andWhere(readable, { reader: reader.subject, readerClient: reader.clientId });
}
