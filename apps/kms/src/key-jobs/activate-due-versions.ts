import { Injectable } from '@nestjs/common';
import { kmsActor } from '../access/caller.js';
import { Barrier } from '../barrier/barrier.js';
import { ChangeElasticKey } from '../elastic-keys/change-elastic-key.js';
import { ElasticKeyStore } from '../elastic-keys/elastic-key.store.js';
import { checkMaterialState } from '../elastic-keys/sealed-state.js';
import { DueKeysStore } from './due-keys.store.js';
import { settled } from './settled.js';

/** Makes versions the current ones that were made in advance and whose time has come. */
@Injectable()
export class ActivateDueVersions {
  constructor(
    private readonly due: DueKeysStore,
    private readonly change: ChangeElasticKey,
    private readonly store: ElasticKeyStore,
    private readonly barrier: Barrier,
  ) {}

  /** How many versions this replica made current. Several replicas may do it at once: the first one moves the key on. */
  async execute(now: Date): Promise<number> {
    return settled(await this.due.versionsToActivate(now), ({ tenant, id, version }) =>
      this.#activate(tenant, id, version, now),
    );
  }

  async #activate(tenant: string, id: string, number: number, now: Date): Promise<boolean> {
    let activated = false;
    const by = kmsActor(tenant, 'activate version');
    by.note.version = number;
    await this.change.execute(by, id, async (key, tx) => {
      if (key.status !== 'enabled' || number <= key.currentVersion) return undefined;
      const version = await this.store.lockVersion(tx, key, number);
      if (!version) return undefined;
      checkMaterialState(this.barrier, version);
      if (version.status !== 'enabled' || version.activatesAt === null || version.activatesAt > now) return undefined;
      activated = true;
      return { currentVersion: number };
    });
    return activated;
  }
}
