import { Injectable } from '@nestjs/common';
import { Barrier } from '../barrier/barrier.js';
import type { ElasticKeyEntity } from '../elastic-keys/elastic-key.entity.js';
import { ElasticKeyStore } from '../elastic-keys/elastic-key.store.js';
import type { MaterialKeyEntity } from '../elastic-keys/material-key.entity.js';
import { ChangeDueVersions } from './change-due-versions.js';
import { destroyVersion } from './destroy-version.js';
import { DueKeysStore } from './due-keys.store.js';

/** Destroys the material of versions that a policy gives up: their time is over, or newer ones took their place. Never the current one. */
@Injectable()
export class DestroyDueVersions {
  constructor(
    private readonly due: DueKeysStore,
    private readonly changing: ChangeDueVersions,
    private readonly store: ElasticKeyStore,
    private readonly barrier: Barrier,
  ) {}

  /** How many versions this replica destroyed. */
  async execute(now: Date): Promise<number> {
    return this.changing.execute(await this.due.versionsToDestroy(now), 'destroy version', async (key, version, tx) => {
      if (!isGivenUp(key, version, now)) return undefined;
      await destroyVersion(tx, this.store, this.barrier, version);
      return {};
    });
  }
}

function isGivenUp(key: ElasticKeyEntity, version: MaterialKeyEntity, now: Date): boolean {
  if (version.status === 'destroyed' || version.version >= key.currentVersion) return false;
  const kept = key.policy?.keep_versions;
  const outdated = kept !== undefined && version.version <= key.currentVersion - kept;
  return outdated || (version.destroyAt !== null && version.destroyAt <= now);
}
