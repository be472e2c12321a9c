import { randomBytes } from '@cryptoutil/crypto';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/caller.js';
import { AuditedTransaction } from '../audit/audited-transaction.js';
import { Barrier } from '../barrier/barrier.js';
import { wrapIntermediateKey } from '../barrier/barrier-keys.js';
import { BarrierStore } from '../barrier/barrier.store.js';
import { BarrierTurnStore } from '../barrier/barrier-turn.store.js';
import { KEY_BYTES, type ShareSet } from '../barrier/share-set.js';
import { KmsError } from '../errors/kms-error.js';

/** Makes a new intermediate key and puts every content key under it, in one transaction. */
@Injectable()
export class RotateIntermediateKey {
  constructor(
    private readonly changes: AuditedTransaction,
    private readonly barrier: Barrier,
    private readonly keys: BarrierStore,
    private readonly store: BarrierTurnStore,
  ) {}

  /** `root` is the root key of `set`. Resolves after the commit. Errors: `sealed`, `integrity`, `round_changed`. */
  async execute(by: Actor, set: ShareSet, root: Uint8Array): Promise<void> {
    const intermediate = randomBytes(KEY_BYTES);
    const epoch = this.barrier.intermediateEpoch + 1;
    try {
      await this.changes.run(
        by,
        async (tx) => {
          const state = await this.store.state(tx);
          if (state?.shareSet !== set.set || state.intermediateEpoch !== epoch - 1) throw new KmsError('round_changed');
          const content = (await this.keys.wrappedKeys(tx)).filter(({ kind }) => kind === 'content');
          await this.store.replaceIntermediate(
            tx,
            wrapIntermediateKey(root, set.rootEpoch, intermediate, epoch),
            this.barrier.rewrapContentKeys(content, intermediate, epoch),
          );
        },
        'turning',
      );
      this.barrier.adoptIntermediate(Buffer.from(intermediate), epoch);
    } finally {
      intermediate.fill(0);
    }
  }
}
