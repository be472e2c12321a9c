import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { kmsActor } from '../access/caller.js';
import { Barrier } from '../barrier/barrier.js';
import { ChangeElasticKey, type KeyChange } from '../elastic-keys/change-elastic-key.js';
import type { ElasticKeyEntity } from '../elastic-keys/elastic-key.entity.js';
import { ElasticKeyStore } from '../elastic-keys/elastic-key.store.js';
import type { MaterialKeyEntity } from '../elastic-keys/material-key.entity.js';
import { checkMaterialState } from '../elastic-keys/sealed-state.js';
import type { DueVersion } from './due-keys.store.js';
import { settled } from './settled.js';

/** What is done with one version. It sees proved, locked rows and gives the change of the key (`{}`: none); undefined: nothing is due. */
export type DueChange = (
  key: ElasticKeyEntity,
  version: MaterialKeyEntity,
  tx: EntityManager,
) => KeyChange | undefined | Promise<KeyChange | undefined>;

/** Changes versions whose time has come, each in one transaction with its event. */
@Injectable()
export class ChangeDueVersions {
  constructor(
    private readonly change: ChangeElasticKey,
    private readonly store: ElasticKeyStore,
    private readonly barrier: Barrier,
  ) {}

  /** How many versions this replica changed. Several replicas may do it at once: the row lock and the proved rows decide. */
  execute(due: readonly DueVersion[], operation: string, act: DueChange): Promise<number> {
    return settled(due, (one) => this.#changeOne(one, operation, act));
  }

  async #changeOne({ tenant, id, version: number }: DueVersion, operation: string, act: DueChange): Promise<boolean> {
    let done = false;
    const by = kmsActor(tenant, operation);
    by.note.version = number;
    await this.change.execute(by, id, async (key, tx) => {
      const version = await this.store.lockVersion(tx, key, number);
      if (!version) return undefined;
      // What the row says is believed only once it is proved; the key was when it was locked.
      checkMaterialState(this.barrier, version);
      const changed = await act(key, version, tx);
      done = changed !== undefined;
      return changed && Object.keys(changed).length > 0 ? changed : undefined;
    });
    return done;
  }
}
