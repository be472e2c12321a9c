import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { ElasticKeyEntity } from './elastic-key.entity.js';
import { MaterialKeyEntity } from './material-key.entity.js';
import { type Reader, onlyReadable } from './readable-keys.js';

/** Conditions on a list of versions; absent ones do not restrict. */
export interface MaterialFilter {
  elasticKeyIds?: string[] | undefined;
  ids?: string[] | undefined;
  versions?: number[] | undefined;
  /** Names and algorithms of their keys. */
  names?: string[] | undefined;
  algorithms?: string[] | undefined;
  /** As `describedStatus` tells them. */
  statuses?: string[] | undefined;
  /** Inclusive. */
  createdFrom?: Date | undefined;
  /** Exclusive. */
  createdBefore?: Date | undefined;
  /** Inclusive; leaves versions without an end out. */
  expiresFrom?: Date | undefined;
  /** Exclusive; leaves versions without an end out. */
  expiresBefore?: Date | undefined;
  /** Only versions of keys that this one may read; undefined: whoever asks may read all. */
  reader?: Reader | undefined;
}

/** A version with whether it is its key's current one. */
export interface ListedVersion {
  version: MaterialKeyEntity;
  currentVersion: number;
}

// The same as `describedStatus`, for a condition: what an answer shows is what a filter means.
const described = `CASE WHEN m.status <> 'enabled' THEN m.status WHEN m.activates_at > :now THEN 'not_active'
  WHEN m.decrypts_until <= :now THEN 'ended' WHEN m.expires_at <= :now THEN 'expired' ELSE 'enabled' END`;

/** SQL of the lists of versions. */
@Injectable()
export class ListMaterialKeysStore {
  constructor(private readonly dataSource: DataSource) {}

  /** Ordered by id, which is by creation (UUID version 7). States are those of `now`. */
  async page(
    tenant: string,
    filter: MaterialFilter,
    order: { descending: boolean; after: string | undefined; limit: number },
    now: Date,
  ): Promise<{ rows: ListedVersion[]; total: number }> {
    const matching = this.#matching(tenant, filter, now);
    const total = await matching.getCount();
    const page = matching
      .addSelect('e.current_version', 'current')
      .orderBy('m.id', order.descending ? 'DESC' : 'ASC')
      .limit(order.limit);
    if (order.after !== undefined) page.andWhere(`m.id ${order.descending ? '<' : '>'} :after`, { after: order.after });
    const { entities, raw } = await page.getRawAndEntities<{ current: number }>();
    return { total, rows: entities.map((version, at) => ({ version, currentVersion: raw[at]?.current ?? 0 })) };
  }

  #matching(tenant: string, filter: MaterialFilter, now: Date) {
    const query = this.dataSource.manager
      .createQueryBuilder(MaterialKeyEntity, 'm')
      .innerJoin(ElasticKeyEntity, 'e', 'e.id = m.elasticKeyId AND e.tenant = m.tenant')
      .where('m.tenant = :tenant', { tenant });
    const where = (condition: string, name: string, value: unknown) => {
      if (value !== undefined) query.andWhere(condition.replace('?', `:${name}`), { [name]: value });
    };
    where('m.elasticKeyId = ANY(?)', 'elasticKeyIds', filter.elasticKeyIds);
    where('e.name = ANY(?)', 'names', filter.names);
    where('e.algorithm = ANY(?)', 'algorithms', filter.algorithms);
    where('m.id = ANY(?)', 'ids', filter.ids);
    where('m.version = ANY(?)', 'versions', filter.versions);
    if (filter.statuses) query.andWhere(`${described} = ANY(:statuses)`, { statuses: filter.statuses, now });
    where('m.createdAt >= ?', 'createdFrom', filter.createdFrom);
    where('m.createdAt < ?', 'createdBefore', filter.createdBefore);
    where('m.expiresAt >= ?', 'expiresFrom', filter.expiresFrom);
    where('m.expiresAt < ?', 'expiresBefore', filter.expiresBefore);
    if (filter.reader) onlyReadable(query, filter.reader);
    return query;
  }
}
