import { Injectable } from '@nestjs/common';
import { kmsActor } from '../access/caller.js';
import { Barrier } from '../barrier/barrier.js';
import { ChangeElasticKey } from '../elastic-keys/change-elastic-key.js';
import { ElasticKeyStore } from '../elastic-keys/elastic-key.store.js';
import { destroyVersion } from './destroy-version.js';
import { DueKeysStore } from './due-keys.store.js';
import { settled } from './settled.js';

/** Destroys the material of keys whose deletion is due; the row stays, so that its name is not used again. */
@Injectable()
export class DestroyDueKeys {
  constructor(
    private readonly due: DueKeysStore,
    private readonly change: ChangeElasticKey,
    private readonly store: ElasticKeyStore,
    private readonly barrier: Barrier,
  ) {}

  /** How many keys this replica destroyed. Several replicas may do it at once: the row lock and the proved date decide. */
  async execute(now: Date): Promise<number> {
    const keys = await this.due.toDestroy(now);
    return settled(keys, ({ tenant, id }) => this.#destroy(tenant, id, now));
  }

  async #destroy(tenant: string, id: string, now: Date): Promise<boolean> {
    let destroyed = false;
    await this.change.execute(kmsActor(tenant, 'destroy'), id, async (key, tx) => {
      // The date is the sealed one: a date that somebody wrote into the column failed the proof before.
      if (key.status !== 'pending_deletion' || key.deleteAfter === null || key.deleteAfter > now) return undefined;
      for (const before of await this.store.versionsOf(tx, key)) {
        await destroyVersion(tx, this.store, this.barrier, before);
      }
      destroyed = true;
      return { status: 'destroyed', deleteAfter: null };
    });
    return destroyed;
  }
}
