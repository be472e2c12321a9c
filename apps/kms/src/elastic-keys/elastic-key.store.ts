import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { ElasticKeyEntity } from './elastic-key.entity.js';
import { GatheredReads } from './gathered-reads.js';
import { MaterialKeyEntity } from './material-key.entity.js';
import { KeyQuotas } from '../quotas/key-quotas.js';
import type { ElasticKeyRow, MaterialKeyRow } from './sealed-state.js';

/** An elastic key with one of its versions: the current one, or the one that was asked for. */
export interface KeyRows {
  elastic: ElasticKeyRow;
  material: MaterialKeyRow | undefined;
}

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

// By primary keys, and begun after it was asked for: a change of state committed on another replica is seen by the next call here. The current
// version stands in for one that is not there, in the same statement: an unknown kid costs what a known one does.
const selectKeys = `
  SELECT asked.n,
         e.name, e.algorithm, e.status, e.current_version, e.delete_after, e.policy, e.access, e.key_bits,
         e.generation, e.epoch, e.sealed_state,
         m.id AS kid, m.version, m.status AS m_status, m.origin, m.activates_at, m.expires_at,
         m.decrypts_until, m.destroy_at, m.generation AS m_generation, m.epoch AS m_epoch,
         m.sealed_state AS m_sealed_state, m.sealed_material
    FROM unnest($1::uuid[], $2::text[], $3::uuid[]) WITH ORDINALITY AS asked (id, tenant, kid, n)
    JOIN elastic_keys e ON e.id = asked.id AND e.tenant = asked.tenant
    LEFT JOIN LATERAL (
           SELECT * FROM material_keys
            WHERE elastic_key_id = e.id AND tenant = e.tenant AND (id = asked.kid OR version = e.current_version)
            ORDER BY (id = asked.kid) IS TRUE DESC LIMIT 1) m ON true`;

interface Asked {
  tenant: string;
  id: string;
  /** Null: the current version. */
  kid: string | null;
}

/** SQL of elastic keys and their versions. Every statement names the tenant. */
@Injectable()
export class ElasticKeyStore {
  readonly #reads = new GatheredReads<Asked, KeyRows | undefined>(
    (asked) => this.#findKeys(asked),
    ({ tenant, id, kid }) => JSON.stringify([tenant, id, kid]),
  );

  constructor(
    private readonly dataSource: DataSource,
    private readonly quotas: KeyQuotas,
  ) {}

  /** The key with its current version, or with version `kid` if it has one; undefined when the tenant has no such key. */
  findKey(tenant: string, id: string, kid?: string): Promise<KeyRows | undefined> {
    if (!uuidPattern.test(id)) return Promise.resolve(undefined);
    // A kid that is no uuid names no version, but the key itself is still looked up.
    return this.#reads.ask({ tenant, id, kid: kid !== undefined && uuidPattern.test(kid) ? kid : null });
  }

  async #findKeys(asked: Asked[]): Promise<(KeyRows | undefined)[]> {
    const column = (name: keyof Asked) => asked.map((one) => one[name]);
    const rows = await this.dataSource.query<SelectedKey[]>(selectKeys, [
      column('id'),
      column('tenant'),
      column('kid'),
    ]);
    const found = new Map(rows.map((row) => [Number(row.n), row]));
    return asked.map(({ tenant, id }, at) => {
      const row = found.get(at + 1);
      return row && keyRows(row, tenant, id);
    });
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
    { id, tenant, messageCount: _, lastUsedAt: __, ...changed }: MaterialKeyEntity,
  ): Promise<void> {
    // The counter and the last use are left alone: they go on while the state changes.
    await tx.update(MaterialKeyEntity, { id, tenant }, changed);
  }

  /** Number of the newest version of a key whose row is locked, and whether an enabled one waits to become the current one. */
  async newestVersion(
    tx: EntityManager,
    { id, tenant, currentVersion }: ElasticKeyEntity,
  ): Promise<{ newest: number; waiting: boolean }> {
    const [row] = await tx.query<{ newest: number; waiting: boolean | null }[]>(
      `SELECT max(version) AS newest, bool_or(version > $3 AND status = 'enabled') AS waiting
         FROM material_keys WHERE elastic_key_id = $1 AND tenant = $2`,
      [id, tenant, currentVersion],
    );
    return { newest: row?.newest ?? 0, waiting: row?.waiting ?? false };
  }

  /** Of a key whose row is locked. Errors: `quota_exceeded`. */
  async addVersion(tx: EntityManager, material: MaterialKeyEntity): Promise<void> {
    await this.quotas.requireRoomForVersion(tx, material.elasticKeyId);
    await tx.insert(MaterialKeyEntity, material);
  }
}

interface SelectedKey {
  /** Which question it answers, counted from 1. */
  n: string;
  name: string;
  algorithm: string;
  status: ElasticKeyRow['status'];
  current_version: number;
  delete_after: Date | null;
  policy: ElasticKeyRow['policy'];
  access: ElasticKeyRow['access'];
  key_bits: ElasticKeyRow['keyBits'];
  generation: number;
  epoch: number;
  sealed_state: Buffer;
  /** Null, and all that follows with it, when the version is missing. */
  kid: string | null;
  version: number;
  m_status: MaterialKeyRow['status'];
  origin: MaterialKeyRow['origin'];
  activates_at: Date | null;
  expires_at: Date | null;
  decrypts_until: Date | null;
  destroy_at: Date | null;
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
      keyBits: row.key_bits,
      sealedState: row.sealed_state,
    },
    material:
      kid === null
        ? undefined
        : {
            ...{ id: kid, elasticKeyId: id, tenant, version: row.version },
            status: row.m_status,
            origin: row.origin,
            activatesAt: row.activates_at,
            expiresAt: row.expires_at,
            decryptsUntil: row.decrypts_until,
            destroyAt: row.destroy_at,
            generation: row.m_generation,
            epoch: row.m_epoch,
            sealedState: row.m_sealed_state,
            sealedMaterial: row.sealed_material,
          },
  };
}
