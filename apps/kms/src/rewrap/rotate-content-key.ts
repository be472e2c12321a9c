import { Injectable } from '@nestjs/common';
import type { Actor } from '../access/caller.js';
import { kmsActor } from '../access/caller.js';
import { AuditedTransaction } from '../audit/audited-transaction.js';
import { Barrier } from '../barrier/barrier.js';
import { BarrierEpochs } from '../barrier/barrier-epochs.js';
import { BarrierStore } from '../barrier/barrier.store.js';
import { KmsError } from '../errors/kms-error.js';
import { type RewrapProgress, RewrapStore } from './rewrap.store.js';
import { RewrapRows } from './rewrap-rows.js';

/** Where the content keys stand. */
export interface ContentKeyStatus extends RewrapProgress {
  epoch: number;
  epochs: { epoch: number; retired: boolean }[];
}

/** Rotates the content key: a new one seals from its commit on, all rows are sealed under it by and by, then the old ones are retired. */
@Injectable()
export class RotateContentKey {
  constructor(
    private readonly changes: AuditedTransaction,
    private readonly barrier: Barrier,
    private readonly keys: BarrierStore,
    private readonly epochs: BarrierEpochs,
    private readonly rows: RewrapStore,
  ) {}

  /** The committed epoch. Errors: `sealed`. */
  async execute(by: Actor): Promise<number> {
    this.barrier.requireUnlocked();
    const rotated = await this.changes.run(
      by,
      async (tx) => {
        const epoch = (await this.keys.contentEpoch(tx)) + 1;
        // Under an intermediate key that was replaced on another replica nobody could open it.
        if (!(await this.keys.addContentKey(tx, this.barrier.nextContentKey(epoch)))) throw new KmsError('sealed');
        return epoch;
      },
      'turning',
    );
    await this.epochs.learn();
    return rotated;
  }

  /** As the database has it: another replica may have rotated. */
  async status(): Promise<ContentKeyStatus> {
    await this.epochs.learn();
    const epoch = this.barrier.contentEpoch;
    const keys = (await this.keys.wrappedKeys()).filter(({ kind }) => kind === 'content');
    const epochs = keys.map((key) => ({ epoch: key.epoch, retired: key.retiredAt !== null }));
    return { epoch, epochs: epochs.sort((a, b) => a.epoch - b.epoch), ...(await this.rows.progress(epoch)) };
  }

  /** Seals what is left under older keys anew, and retires them when nothing is left. Safe on several replicas at once. */
  async finish(rewrap: RewrapRows): Promise<void> {
    const unfinished = (status: ContentKeyStatus) =>
      status.remaining > 0 || status.epochs.some(({ epoch, retired }) => epoch < status.epoch && !retired);
    if (!unfinished(await this.status())) return;
    await rewrap.execute();
    if ((await this.status()).remaining > 0) return;
    await this.changes.run(
      kmsActor('kms', 'retire content keys'),
      async (tx) => {
        // Counted again while nothing is sealed anywhere: only then is it sure that nothing needs the old keys.
        const epoch = await this.keys.contentEpoch(tx);
        if ((await this.rows.progress(epoch, tx)).remaining === 0) await this.keys.retireBefore(tx, epoch);
      },
      'turning',
    );
  }
}
