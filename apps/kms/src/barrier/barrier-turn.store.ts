import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { BarrierKeyEntity } from './barrier.entity.js';
import type { WrappedBarrierKey } from './barrier-keys.js';
import { countTurn, insertShareSet } from './barrier.store.js';
import type { ShareSet } from './share-set.js';

/** Where the barrier stands in the database. */
export interface BarrierState {
  /** Counts every turn of the barrier. */
  epoch: number;
  shareSet: string;
  rootEpoch: number;
  intermediateEpoch: number;
  contentEpoch: number;
}

const newest = (kind: WrappedBarrierKey['kind']) =>
  `coalesce((SELECT max(k.epoch) FROM barrier_keys k WHERE k.kind = '${kind}' AND k.retired_at IS NULL), 0)`;

/** SQL of turning the barrier: new share sets, new root and intermediate keys. Every writer holds the lock `turning`. */
@Injectable()
export class BarrierTurnStore {
  constructor(private readonly dataSource: DataSource) {}

  /** Undefined while uninitialised. */
  async state(manager: EntityManager = this.dataSource.manager): Promise<BarrierState | undefined> {
    const [row] = await manager.query<BarrierState[]>(
      `SELECT b.epoch, b.share_set AS "shareSet", s.root_epoch AS "rootEpoch",
              ${newest('intermediate')} AS "intermediateEpoch", ${newest('content')} AS "contentEpoch"
         FROM barrier b JOIN share_sets s ON s.share_set = b.share_set WHERE b.id = 1`,
    );
    return row;
  }

  /** The new set unseals from now on; shares of the one before are stale. The intermediate key is under the root key of the new set. */
  async replaceShareSet(tx: EntityManager, set: ShareSet, intermediate: WrappedBarrierKey): Promise<void> {
    await insertShareSet(tx, set);
    await tx.query('UPDATE share_sets SET retired_at = now() WHERE share_set = (SELECT share_set FROM barrier)');
    await tx.query('UPDATE barrier SET share_set = $1 WHERE id = 1', [set.set]);
    await this.#write(tx, intermediate);
    await countTurn(tx);
  }

  /** A new intermediate key, and every content key under it. Of the one before only the epoch stays. */
  async replaceIntermediate(
    tx: EntityManager,
    intermediate: WrappedBarrierKey,
    content: readonly WrappedBarrierKey[],
  ): Promise<void> {
    await tx.query(
      `UPDATE barrier_keys SET retired_at = now(), wrapped = '' WHERE kind = 'intermediate' AND retired_at IS NULL`,
    );
    await tx.insert(BarrierKeyEntity, intermediate);
    for (const row of content) await this.#write(tx, row);
    await countTurn(tx);
  }

  async #write(tx: EntityManager, { kind, epoch, parentEpoch, wrapped }: WrappedBarrierKey): Promise<void> {
    await tx.update(BarrierKeyEntity, { kind, epoch }, { parentEpoch, wrapped });
  }
}
