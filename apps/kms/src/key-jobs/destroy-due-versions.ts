import { Injectable } from '@nestjs/common';
import { kmsActor } from '../access/caller.js';
import { Barrier } from '../barrier/barrier.js';
import { ChangeElasticKey } from '../elastic-keys/change-elastic-key.js';
import type { ElasticKeyEntity } from '../elastic-keys/elastic-key.entity.js';
import { ElasticKeyStore } from '../elastic-keys/elastic-key.store.js';
import type { MaterialKeyEntity } from '../elastic-keys/material-key.entity.js';
import { checkMaterialState } from '../elastic-keys/sealed-state.js';
import { destroyVersion } from './destroy-version.js';
import { DueKeysStore } from './due-keys.store.js';
import { settled } from './settled.js';

/** Destroys the material of versions that a policy gives up: their time is over, or newer ones took their place. Never the current one. */
@Injectable()
export class DestroyDueVersions {
  constructor(
    private readonly due: DueKeysStore,
    private readonly change: ChangeElasticKey,
    private readonly store: ElasticKeyStore,
    private readonly barrier: Barrier,
  ) {}

  /** How many versions this replica destroyed. Several replicas may do it at once: the row lock and the proved rows decide. */
  async execute(now: Date): Promise<number> {
    return settled(await this.due.versionsToDestroy(now), ({ tenant, id, version }) =>
      this.#destroy(tenant, id, version, now),
    );
  }

  async #destroy(tenant: string, id: string, number: number, now: Date): Promise<boolean> {
    let destroyed = false;
    const by = kmsActor(tenant, 'destroy version');
    by.note.version = number;
    await this.change.execute(by, id, async (key, tx) => {
      const version = await this.store.lockVersion(tx, key, number);
      if (!version) return undefined;
      // What the row says is believed only once it is proved; the key was when it was locked.
      checkMaterialState(this.barrier, version);
      if (!isGivenUp(key, version, now)) return undefined;
      await destroyVersion(tx, this.store, this.barrier, version);
      destroyed = true;
      return undefined;
    });
    return destroyed;
  }
}

function isGivenUp(key: ElasticKeyEntity, version: MaterialKeyEntity, now: Date): boolean {
  if (version.status === 'destroyed' || version.version >= key.currentVersion) return false;
  const kept = key.policy?.keep_versions;
  const outdated = kept !== undefined && version.version <= key.currentVersion - kept;
  return outdated || (version.destroyAt !== null && version.destroyAt <= now);
}
