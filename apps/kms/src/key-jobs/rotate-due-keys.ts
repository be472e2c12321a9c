import { Injectable } from '@nestjs/common';
import { kmsActor } from '../access/caller.js';
import { RotateElasticKey } from '../elastic-keys/rotate-elastic-key.js';
import { DueKeysStore } from './due-keys.store.js';
import { settled } from './settled.js';

/** Rotates keys whose policy says that it is time. */
@Injectable()
export class RotateDueKeys {
  constructor(
    private readonly due: DueKeysStore,
    private readonly rotate: RotateElasticKey,
  ) {}

  /** How many keys this replica rotated. Several replicas may do it at once: only the first still finds the old version current. */
  async execute(now: Date): Promise<number> {
    const keys = await this.due.toRotate(now);
    return settled(keys, async ({ tenant, id, currentVersion }) => {
      const rotated = await this.rotate.execute(kmsActor(tenant, 'rotate'), id, currentVersion);
      return rotated !== undefined;
    });
  }
}
