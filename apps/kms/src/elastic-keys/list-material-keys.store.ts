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
  statuses?: string[] | undefined;
  /** Inclusive. */
  createdFrom?: Date | undefined;
  /** Exclusive. */
  createdBefore?: Date | undefined;
  /** Only versions of keys that this one may read; undefined: whoever asks may read all. */
  reader?: Reader | undefined;
}

/** A version with whether it is its key's current one. */
export interface ListedVersion {
  version: MaterialKeyEntity;
  currentVersion: number;
}

/** SQL of the lists of versions. */
@Injectable()
export class ListMaterialKeysStore {
  constructor(private readonly dataSource: DataSource) {}

  /** Ordered by id, which is by creation (UUID version 7). */
  async page(
    tenant: string,
    filter: MaterialFilter,
    order: { descending: boolean; after: string | undefined; limit: number },
  ): Promise<{ rows: ListedVersion[]; total: number }> {
    const matching = this.#matching(tenant, filter);
    const total = await matching.getCount();
    const page = matching
      .addSelect('e.current_version', 'current')
      .orderBy('m.id', order.descending ? 'DESC' : 'ASC')
      .limit(order.limit);
    if (order.after !== undefined) page.andWhere(`m.id ${order.descending ? '<' : '>'} :after`, { after: order.after });
    const { entities, raw } = await page.getRawAndEntities<{ current: number }>();
    return { total, rows: entities.map((version, at) => ({ version, currentVersion: raw[at]?.current ?? 0 })) };
  }

  #matching(tenant: string, filter: MaterialFilter) {
    const query = this.dataSource.manager
      .createQueryBuilder(MaterialKeyEntity, 'm')
      .innerJoin(ElasticKeyEntity, 'e', 'e.id = m.elasticKeyId AND e.tenant = m.tenant')
      .where('m.tenant = :tenant', { tenant });
    const anyOf = (column: string, values: readonly unknown[] | undefined) => {
      if (values !== undefined) query.andWhere(`m.${column} = ANY(:${column})`, { [column]: values });
    };
    anyOf('elasticKeyId', filter.elasticKeyIds);
    anyOf('id', filter.ids);
    anyOf('version', filter.versions);
    anyOf('status', filter.statuses);
    if (filter.createdFrom) query.andWhere('m.createdAt >= :createdFrom', { createdFrom: filter.createdFrom });
    if (filter.createdBefore) query.andWhere('m.createdAt < :createdBefore', { createdBefore: filter.createdBefore });
    if (filter.reader) onlyReadable(query, filter.reader);
    return query;
  }
}
