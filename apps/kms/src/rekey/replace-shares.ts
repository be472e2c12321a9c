import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/caller.js';
import { AuditedTransaction } from '../audit/audited-transaction.js';
import { Barrier } from '../barrier/barrier.js';
import { type WrappedBarrierKey, unwrapIntermediateKey } from '../barrier/barrier-keys.js';
import { BarrierTurnStore } from '../barrier/barrier-turn.store.js';
import { type ShareSet, combineRootKey } from '../barrier/share-set.js';
import type { Share } from '../barrier/share-text.js';
import { KmsError } from '../errors/kms-error.js';

/** A new share set that is not in use yet, and the intermediate key under its root key. */
export interface PreparedShares {
  before: string;
  set: ShareSet;
  intermediate: WrappedBarrierKey;
}

/** Puts new shares in the place of old ones, in one transaction. */
@Injectable()
export class ReplaceShares {
  constructor(
    private readonly changes: AuditedTransaction,
    private readonly barrier: Barrier,
    private readonly store: BarrierTurnStore,
  ) {}

  /**
   * Resolves after the commit. The given shares must prove first that they open the barrier. Errors: `sealed`, `integrity`, and `round_changed`
   * when the barrier was turned on another replica since the shares were made.
   */
  async execute(by: Actor, { before, set, intermediate }: PreparedShares, given: readonly Share[]): Promise<void> {
    await this.#prove(set, intermediate, given);
    await this.changes.run(
      by,
      async (tx) => {
        const state = await this.store.state(tx);
        // The answer to an earlier commit was lost on its way.
        if (state?.shareSet === set.set) return;
        if (state?.shareSet !== before || state.intermediateEpoch !== intermediate.epoch)
          throw new KmsError('round_changed');
        await this.store.replaceShareSet(tx, set, intermediate);
      },
      'turning',
    );
  }

  async #prove(set: ShareSet, row: WrappedBarrierKey, given: readonly Share[]): Promise<void> {
    const root = await combineRootKey(set, given);
    if (!root) throw new KmsError('integrity', { table: 'share_sets', column: 'root_check' });
    try {
      const intermediate = unwrapIntermediateKey(root, row);
      const same = this.barrier.usesIntermediate(intermediate);
      intermediate.fill(0);
      if (!same) throw new KmsError('round_changed');
    } finally {
      root.fill(0);
    }
  }
}
