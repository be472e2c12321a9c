import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { KeyAliasEntity } from '../aliases/key-alias.entity.js';
import { ElasticKeyEntity } from '../elastic-keys/elastic-key.entity.js';
import { MaterialKeyEntity } from '../elastic-keys/material-key.entity.js';
import { KeyGrantEntity } from '../grants/key-grant.entity.js';

/** How many sealed rows there are, and how many of them are under older keys. */
export interface RewrapProgress {
  total: number;
  remaining: number;
}

const BATCH = 100;
const every = ['elastic_keys', 'material_keys', 'key_aliases', 'key_grants'];
const progressQuery = `SELECT ${['total', 'remaining']
  .map(
    (name) =>
      `(${every.map((table) => `(SELECT count(*) FROM ${table}${name === 'total' ? '' : ' WHERE epoch < $1'})`).join(' + ')})::int AS ${name}`,
  )
  .join(', ')} WHERE $1::int > 0`;

/** SQL of re-wrapping: finds rows under older keys and writes them under the new one. */
@Injectable()
export class RewrapStore {
  constructor(private readonly dataSource: DataSource) {}

  async progress(epoch: number, manager: EntityManager = this.dataSource.manager): Promise<RewrapProgress> {
    const [row] = await manager.query<RewrapProgress[]>(progressQuery, [epoch]);
    return row ?? { total: 0, remaining: 0 };
  }

  /** Keys under older epochs after `after`, locked; those that somebody else works on are left for the next round. */
  elasticKeys(tx: EntityManager, epoch: number, after: string): Promise<ElasticKeyEntity[]> {
    return older(tx.createQueryBuilder(ElasticKeyEntity, 'r'), epoch)
      .andWhere('r.id > :after', { after })
      .orderBy('r.id')
      .getMany();
  }

  materialKeys(tx: EntityManager, epoch: number, after: string): Promise<MaterialKeyEntity[]> {
    return older(tx.createQueryBuilder(MaterialKeyEntity, 'r'), epoch)
      .andWhere('r.id > :after', { after })
      .orderBy('r.id')
      .getMany();
  }

  aliases(tx: EntityManager, epoch: number): Promise<KeyAliasEntity[]> {
    return older(tx.createQueryBuilder(KeyAliasEntity, 'r'), epoch).orderBy('r.alias').getMany();
  }

  grants(tx: EntityManager, epoch: number, after: string): Promise<KeyGrantEntity[]> {
    return older(tx.createQueryBuilder(KeyGrantEntity, 'r'), epoch)
      .andWhere('r.id > :after', { after })
      .orderBy('r.id')
      .getMany();
  }

  async write(
    tx: EntityManager,
    entity: typeof ElasticKeyEntity | typeof MaterialKeyEntity | typeof KeyGrantEntity,
    id: string,
    sealed: object,
  ) {
    await tx.update(entity, { id }, sealed);
  }

  async writeAlias(tx: EntityManager, { tenant, alias, epoch, sealed }: KeyAliasEntity): Promise<void> {
    await tx.update(KeyAliasEntity, { tenant, alias }, { epoch, sealed });
  }
}

function older<T extends ElasticKeyEntity | MaterialKeyEntity | KeyAliasEntity | KeyGrantEntity>(
  query: ReturnType<typeof EntityManager.prototype.createQueryBuilder<T>>,
  epoch: number,
) {
  return query
    .where('r.epoch < :epoch', { epoch })
    .limit(BATCH)
    .setLock('pessimistic_write')
    .setOnLocked('skip_locked');
}
