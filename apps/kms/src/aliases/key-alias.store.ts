import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { KeyAliasEntity } from './key-alias.entity.js';

/** SQL of aliases. Every statement names the tenant. */
@Injectable()
export class KeyAliasStore {
  constructor(private readonly dataSource: DataSource) {}

  find(tenant: string, alias: string): Promise<KeyAliasEntity | null> {
    return this.dataSource.manager.findOneBy(KeyAliasEntity, { tenant, alias });
  }

  ofKey(tenant: string, elasticKeyId: string): Promise<KeyAliasEntity[]> {
    return this.dataSource.manager.find(KeyAliasEntity, { where: { tenant, elasticKeyId }, order: { alias: 'ASC' } });
  }

  /** Makes the alias, or moves it. */
  async put(tx: EntityManager, row: KeyAliasEntity): Promise<void> {
    await tx.upsert(KeyAliasEntity, row, ['tenant', 'alias']);
  }

  /** False when the key has no such alias. */
  async remove(tx: EntityManager, tenant: string, elasticKeyId: string, alias: string): Promise<boolean> {
    const { affected } = await tx.delete(KeyAliasEntity, { tenant, elasticKeyId, alias });
    return affected === 1;
  }
}
