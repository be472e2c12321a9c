import { Injectable } from '@nestjs/common';
import { DataSource, type SelectQueryBuilder } from 'typeorm';
import { ElasticKeyEntity } from './elastic-key.entity.js';
import { MaterialKeyEntity } from './material-key.entity.js';
import { type Reader, onlyReadable } from './readable-keys.js';

/** Conditions on a list of keys; absent ones do not restrict. */
export interface ListFilter {
  ids?: string[] | undefined;
  names?: string[] | undefined;
  algorithms?: string[] | undefined;
  statuses?: string[] | undefined;
  /** Inclusive. */
  createdFrom?: Date | undefined;
  /** Exclusive. */
  createdBefore?: Date | undefined;
  /** Only keys that this one may read; undefined: whoever asks may read all. */
  reader?: Reader | undefined;
}

/** The last row of the page before. */
export interface ListPosition {
  value: string;
  id: string;
}

interface ListOrder {
  column: 'name' | 'createdAt';
  descending: boolean;
  after: ListPosition | undefined;
  limit: number;
}

/** SQL of the list of keys. */
@Injectable()
export class ListElasticKeysStore {
  constructor(private readonly dataSource: DataSource) {}

  async page(
    tenant: string,
    filter: ListFilter,
    order: ListOrder,
  ): Promise<{ rows: { key: ElasticKeyEntity; kid: string }[]; total: number }> {
    const matching = this.#matching(tenant, filter);
    const total = await matching.getCount();
    const direction = order.descending ? 'DESC' : 'ASC';
    const page = this.#matching(tenant, filter)
      .innerJoin(MaterialKeyEntity, 'm', 'm.elasticKeyId = e.id AND m.version = e.currentVersion')
      .addSelect('m.id', 'kid')
      .orderBy(`e.${order.column}`, direction)
      .addOrderBy('e.id', direction)
      .limit(order.limit);
    if (order.after) {
      page.andWhere(`(e.${order.column}, e.id) ${order.descending ? '<' : '>'} (:value, :id)`, { ...order.after });
    }
    const { entities, raw } = await page.getRawAndEntities<{ kid: string }>();
    return { total, rows: entities.map((key, at) => ({ key, kid: raw[at]?.kid ?? '' })) };
  }

  #matching(tenant: string, filter: ListFilter): SelectQueryBuilder<ElasticKeyEntity> {
    const query = this.dataSource.manager
      .createQueryBuilder(ElasticKeyEntity, 'e')
      .where('e.tenant = :tenant', { tenant });
    const anyOf = (column: string, values: string[] | undefined) => {
      if (values !== undefined) query.andWhere(`e.${column} = ANY(:${column})`, { [column]: values });
    };
    anyOf('id', filter.ids);
    anyOf('name', filter.names);
    anyOf('algorithm', filter.algorithms);
    anyOf('status', filter.statuses);
    if (filter.createdFrom) query.andWhere('e.createdAt >= :createdFrom', { createdFrom: filter.createdFrom });
    if (filter.createdBefore) query.andWhere('e.createdAt < :createdBefore', { createdBefore: filter.createdBefore });
    if (filter.reader) onlyReadable(query, filter.reader);
    return query;
  }
}
