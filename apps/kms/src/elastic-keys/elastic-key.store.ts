import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { ElasticKeyEntity } from './elastic-key.entity.js';
import { MaterialKeyEntity } from './material-key.entity.js';
import { KeyQuotas } from '../quotas/key-quotas.js';
import type { ElasticKeyRow, MaterialKeyRow } from './sealed-state.js';

/** An elastic key with one of its versions: the current one, or the one that was asked for. */
export interface KeyRows {
  elastic: ElasticKeyRow;
  material: MaterialKeyRow | undefined;
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

// One statement a call, by primary keys: a change of state committed on another replica is seen by the next call here.
const columns = `
         e.name, e.algorithm, e.status, e.current_version, e.delete_after, e.policy, e.access, e.generation, e.epoch, e.sealed_state,
         m.id AS kid, m.version, m.status AS m_status, m.expires_at, m.generation AS m_generation, m.epoch AS m_epoch,
         m.sealed_state AS m_sealed_state, m.sealed_material`;
const selectCurrent = `
  SELECT ${columns}
    FROM elastic_keys e
    LEFT JOIN material_keys m ON m.elastic_key_id = e.id AND m.tenant = e.tenant AND m.version = e.current_version
   WHERE e.id = $1 AND e.tenant = $2`;
// The current version stands in for one that is not there, in the same statement: an unknown kid costs what a known one does.
const selectByKid = `
  SELECT ${columns}
    FROM elastic_keys e
    LEFT JOIN LATERAL (
           SELECT * FROM material_keys
            WHERE elastic_key_id = e.id AND tenant = e.tenant AND (id = $3 OR version = e.current_version)
            ORDER BY (id = $3) IS TRUE DESC LIMIT 1) m ON true
   WHERE e.id = $1 AND e.tenant = $2`;

/** SQL of elastic keys and their versions. Every statement names the tenant. */
@Injectable()
export class ElasticKeyStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly quotas: KeyQuotas,
  ) {}

  /** The key with its current version, or with version `kid` if it has one; undefined when the tenant has no such key. */
  async findKey(tenant: string, id: string, kid?: string): Promise<KeyRows | undefined> {
    if (!uuidPattern.test(id)) return undefined;
    // A kid that is no uuid names no version, but the key itself is still looked up.
    const [row] = await (kid === undefined
      ? this.dataSource.query<SelectedKey[]>(selectCurrent, [id, tenant])
      : this.dataSource.query<SelectedKey[]>(selectByKid, [id, tenant, uuidPattern.test(kid) ? kid : null]));
    return row && keyRows(row, tenant, id);
  }

  /** Whether the tenant has a key of this name. */
  async nameTaken(tenant: string, name: string): Promise<boolean> {
    return this.dataSource.manager.existsBy(ElasticKeyEntity, { tenant, name });
  }

  /** The id of the key of this name. */
  async idOf(tenant: string, name: string): Promise<string | undefined> {
    const key = await this.dataSource.manager.findOne(ElasticKeyEntity, {
      select: { id: true },
      where: { tenant, name },
    });
    return key?.id;
  }

  /** The row of a key with the id of its current version; for answers, not for operations. */
  async describe(tenant: string, id: string): Promise<{ key: ElasticKeyEntity; kid: string } | undefined> {
    if (!uuidPattern.test(id)) return undefined;
    const key = await this.dataSource.manager.findOneBy(ElasticKeyEntity, { tenant, id });
    if (!key) return undefined;
    const current = await this.dataSource.manager.findOne(MaterialKeyEntity, {
      select: { id: true },
      where: { elasticKeyId: id, version: key.currentVersion },
    });
    return { key, kid: current?.id ?? '' };
  }

  /** Public keys of all versions, newest first; undefined when the tenant has no such key. Readable while sealed. */
  async publicKeys(tenant: string, id: string) {
    if (!uuidPattern.test(id)) return undefined;
    const key = await this.dataSource.manager.findOneBy(ElasticKeyEntity, { tenant, id });
    if (!key) return undefined;
    const versions = await this.dataSource.manager.find(MaterialKeyEntity, {
      where: { elasticKeyId: id, tenant },
      order: { version: 'DESC' },
    });
    return { key, versions };
  }

  /** Inserts a key with its first version; false when the name is taken, also when two come at once. Errors: `quota_exceeded`. */
  async insertKey(tx: EntityManager, key: ElasticKeyEntity, material: MaterialKeyEntity): Promise<boolean> {
    await this.quotas.requireRoomForKey(tx, key.tenant);
    const inserted = await tx
      .createQueryBuilder()
      .insert()
      .into(ElasticKeyEntity)
      .values(key)
      .orIgnore()
      .returning('id')
      .execute();
    if ((inserted.raw as unknown[]).length === 0) return false;
    await tx.insert(MaterialKeyEntity, material);
    return true;
  }

  /** The key, locked until the transaction ends, so that changes of its state go one after the other. */
  lockKey(tx: EntityManager, tenant: string, id: string): Promise<ElasticKeyEntity | null> {
    return tx.findOne(ElasticKeyEntity, { where: { tenant, id }, lock: { mode: 'pessimistic_write' } });
  }

  /** A version, locked until the transaction ends; null when the key has none of this number. */
  lockVersion(tx: EntityManager, key: ElasticKeyEntity, version: number): Promise<MaterialKeyEntity | null> {
    const { id: elasticKeyId, tenant } = key;
    return tx.findOne(MaterialKeyEntity, {
      where: { elasticKeyId, tenant, version },
      lock: { mode: 'pessimistic_write' },
    });
  }

  /** All versions of a key whose row is locked, oldest first. */
  versionsOf(tx: EntityManager, { id: elasticKeyId, tenant }: ElasticKeyEntity): Promise<MaterialKeyEntity[]> {
    return tx.find(MaterialKeyEntity, { where: { elasticKeyId, tenant }, order: { version: 'ASC' } });
  }

  async updateKey(tx: EntityManager, key: ElasticKeyEntity): Promise<void> {
    await tx.update(ElasticKeyEntity, { id: key.id, tenant: key.tenant }, key);
  }

  async updateVersion(
    tx: EntityManager,
    { id, tenant, messageCount: _, ...changed }: MaterialKeyEntity,
  ): Promise<void> {
    // The counter is left alone: it goes on while the state changes.
    await tx.update(MaterialKeyEntity, { id, tenant }, changed);
  }

  /** Of a key whose row is locked. Errors: `quota_exceeded`. */
  async addVersion(tx: EntityManager, material: MaterialKeyEntity): Promise<void> {
    await this.quotas.requireRoomForVersion(tx, material.elasticKeyId);
    await tx.insert(MaterialKeyEntity, material);
  }
}

interface SelectedKey {
  name: string;
  algorithm: string;
  status: ElasticKeyRow['status'];
  current_version: number;
  delete_after: Date | null;
  policy: ElasticKeyRow['policy'];
  access: ElasticKeyRow['access'];
  generation: number;
  epoch: number;
  sealed_state: Buffer;
  /** Null, and all that follows with it, when the version is missing. */
  kid: string | null;
  version: number;
  m_status: MaterialKeyRow['status'];
  expires_at: Date | null;
  m_generation: number;
  m_epoch: number;
  m_sealed_state: Buffer;
  sealed_material: Buffer;
}

function keyRows(row: SelectedKey, tenant: string, id: string): KeyRows {
  const { name, algorithm, status, policy, access, generation, epoch, kid } = row;
  return {
    elastic: {
      ...{ id, tenant, name, algorithm, status, policy, access, generation, epoch },
      currentVersion: row.current_version,
      deleteAfter: row.delete_after,
      sealedState: row.sealed_state,
    },
    material:
      kid === null
        ? undefined
        : {
            ...{ id: kid, elasticKeyId: id, tenant, version: row.version },
            status: row.m_status,
            expiresAt: row.expires_at,
            generation: row.m_generation,
            epoch: row.m_epoch,
            sealedState: row.m_sealed_state,
            sealedMaterial: row.sealed_material,
          },
  };
}
