import { inTransaction } from '@cryptoutil/database';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, IsNull } from 'typeorm';
import { BarrierEntity, BarrierKeyEntity } from './barrier.entity.js';
import type { WrappedBarrierKey } from './barrier-keys.js';
import { ShareCommitmentEntity, ShareSetEntity } from './share-set.entity.js';
import type { ShareSet } from './share-set.js';

/** SQL of the barrier: share sets with their commitments, and wrapped barrier keys. */
@Injectable()
export class BarrierStore {
  constructor(private readonly dataSource: DataSource) {}

  /** Stores a new barrier whole, or not at all. False when there is one already, also when two come at once. */
  create(set: ShareSet, keys: readonly WrappedBarrierKey[]): Promise<boolean> {
    return inTransaction(this.dataSource, async (tx) => {
      await insertShareSet(tx, set);
      // The primary key decides between two that come at once: the second waits for the first to commit, then inserts nothing.
      const inserted: unknown[] = await tx.query(
        'INSERT INTO barrier (id, share_set) VALUES (1, $1) ON CONFLICT DO NOTHING RETURNING id',
        [set.set],
      );
      if (inserted.length === 0) {
        throw new AlreadyThere();
      }
      await tx.insert(BarrierKeyEntity, [...keys]);
      return true;
    }).catch((error: unknown) => {
      if (error instanceof AlreadyThere) return false;
      throw error;
    });
  }

  /** The set that unseals this barrier; undefined while uninitialised. */
  async currentShareSet(): Promise<ShareSet | undefined> {
    const barrier = await this.dataSource.manager.findOneBy(BarrierEntity, { id: 1 });
    return barrier ? this.shareSet(barrier.shareSet) : undefined;
  }

  /** A set by its name, replaced ones too. */
  async shareSet(name: string): Promise<ShareSet | undefined> {
    const manager = this.dataSource.manager;
    const row = await manager.findOneBy(ShareSetEntity, { shareSet: name });
    if (!row) return undefined;
    const commitments = await manager.findBy(ShareCommitmentEntity, { shareSet: name });
    return {
      set: row.shareSet,
      shares: row.shares,
      threshold: row.threshold,
      rootEpoch: row.rootEpoch,
      commitmentKey: row.commitmentKey,
      rootCheck: row.rootCheck,
      commitments: new Map(commitments.map(({ shareIndex, commitment }) => [shareIndex, commitment])),
      retired: row.retiredAt !== null,
    };
  }

  /** Waits until nobody turns the barrier, or until nobody seals, and keeps it so until the transaction ends. */
  async lock(tx: EntityManager, mode: 'sealing' | 'turning'): Promise<void> {
    await tx.query(`SELECT 1 FROM barrier WHERE id = 1 ${mode === 'turning' ? 'FOR UPDATE' : 'FOR SHARE'}`);
  }

  /** Epoch of the content key that seals; a statement of its own, so that it sees what was committed while `lock` waited. */
  async contentEpoch(manager: EntityManager): Promise<number> {
    const [row] = await manager.query<{ epoch: number | null }[]>(
      `SELECT max(epoch) AS epoch FROM barrier_keys WHERE kind = 'content' AND retired_at IS NULL`,
    );
    return row?.epoch ?? 0;
  }

  /** Adds a content key and counts the turn; false when the intermediate key that wraps it is not the one in use. */
  async addContentKey(tx: EntityManager, key: WrappedBarrierKey): Promise<boolean> {
    const link = { kind: 'intermediate', epoch: key.parentEpoch, retiredAt: IsNull() } as const;
    if (!(await tx.existsBy(BarrierKeyEntity, link))) return false;
    await tx.insert(BarrierKeyEntity, key);
    await countTurn(tx);
    return true;
  }

  async retireBefore(tx: EntityManager, epoch: number): Promise<void> {
    await tx.query(
      `UPDATE barrier_keys SET retired_at = now() WHERE kind = 'content' AND epoch < $1 AND retired_at IS NULL`,
      [epoch],
    );
  }

  wrappedKeys(manager: EntityManager = this.dataSource.manager): Promise<WrappedBarrierKey[]> {
    return manager.find(BarrierKeyEntity);
  }

  /** Wrapped keys and the turns of the barrier, as they were at one moment. */
  async turnedKeys(): Promise<{ wrapped: WrappedBarrierKey[]; turns: number }> {
    const rows = await this.dataSource.query<(WrappedBarrierKey & { turns: number })[]>(
      `SELECT k.kind, k.epoch, k.parent_epoch AS "parentEpoch", k.wrapped, k.retired_at AS "retiredAt", b.epoch AS turns
         FROM barrier b JOIN barrier_keys k ON true`,
    );
    return { wrapped: rows.map(({ turns: _, ...row }) => row), turns: rows[0]?.turns ?? 1 };
  }

  /** Whether there is a barrier: one indexed row, for readiness. */
  async initialized(): Promise<boolean> {
    const rows: unknown[] = await this.dataSource.query('SELECT 1 FROM barrier WHERE id = 1');
    return rows.length > 0;
  }
}

/** Counts a turn of the barrier. */
export const countTurn = async (tx: EntityManager): Promise<void> => {
  await tx.query('UPDATE barrier SET epoch = epoch + 1 WHERE id = 1');
};

/** Rolls the transaction back when the barrier exists. */
class AlreadyThere extends Error {}

/** Inserts a share set with its commitments. */
export const insertShareSet = async (tx: EntityManager, set: ShareSet): Promise<void> => {
  await tx.insert(ShareSetEntity, {
    shareSet: set.set,
    shares: set.shares,
    threshold: set.threshold,
    rootEpoch: set.rootEpoch,
    commitmentKey: set.commitmentKey,
    rootCheck: set.rootCheck,
  });
  await tx.insert(
    ShareCommitmentEntity,
    [...set.commitments].map(([shareIndex, commitment]) => ({ shareSet: set.set, shareIndex, commitment })),
  );
};
