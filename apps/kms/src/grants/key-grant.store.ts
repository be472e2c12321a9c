import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { KeyGrantEntity } from './key-grant.entity.js';

/** SQL of grants. Every statement names the tenant. */
@Injectable()
export class KeyGrantStore {
  constructor(private readonly dataSource: DataSource) {}

  /** Grants of the key, oldest first. */
  ofKey(
    tenant: string,
    elasticKeyId: string,
    manager: EntityManager = this.dataSource.manager,
  ): Promise<KeyGrantEntity[]> {
    return manager.find(KeyGrantEntity, { where: { tenant, elasticKeyId }, order: { id: 'ASC' } });
  }

  /** Grants of the key that name this subject and this client, or leave one of them open. */
  ofGrantee(
    tenant: string,
    elasticKeyId: string,
    { subject, clientId }: { subject: string; clientId: string },
    manager: EntityManager = this.dataSource.manager,
  ): Promise<KeyGrantEntity[]> {
    return manager
      .createQueryBuilder(KeyGrantEntity, 'g')
      .where('g.tenant = :tenant AND g.elasticKeyId = :elasticKeyId', { tenant, elasticKeyId })
      .andWhere('(g.subject IS NULL OR g.subject = :subject)', { subject })
      .andWhere('(g.clientId IS NULL OR g.clientId = :clientId)', { clientId })
      .getMany();
  }

  async insert(tx: EntityManager, row: KeyGrantEntity): Promise<void> {
    await tx.insert(KeyGrantEntity, row);
  }

  /** False when the key has no such grant. */
  async remove(tx: EntityManager, tenant: string, elasticKeyId: string, id: string): Promise<boolean> {
    const { affected } = await tx.delete(KeyGrantEntity, { tenant, elasticKeyId, id });
    return affected === 1;
  }
}
