import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Barrier } from './barrier.js';
import { BarrierStore } from './barrier.store.js';

/** Keeps this replica's content keys in step with what other replicas made. */
@Injectable()
export class BarrierEpochs {
  constructor(
    private readonly barrier: Barrier,
    private readonly store: BarrierStore,
  ) {}

  /**
   * Before a change is sealed: whoever turns the barrier waits for it, and what is sealed here is under the newest key. So when a new key is
   * committed, no row is written under an older one any more.
   */
  async begin(tx: EntityManager, mode: 'sealing' | 'turning'): Promise<void> {
    await this.store.lock(tx, mode);
    if ((await this.store.contentEpoch(tx)) > this.barrier.contentEpoch) await this.learn();
  }

  /** Before rows are opened: learns the keys that another replica sealed them under. */
  async ensure(rows: readonly { epoch: number }[]): Promise<void> {
    if (!rows.every(({ epoch }) => this.barrier.knowsEpoch(epoch))) await this.learn();
  }

  async learn(): Promise<void> {
    this.barrier.learn(await this.store.wrappedKeys());
  }
}
