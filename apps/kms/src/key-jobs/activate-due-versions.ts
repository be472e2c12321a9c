import { Injectable } from '@nestjs/common';
import { ChangeDueVersions } from './change-due-versions.js';
import { DueKeysStore } from './due-keys.store.js';

/** Makes versions the current ones that were made in advance and whose time has come. */
@Injectable()
export class ActivateDueVersions {
  constructor(
    private readonly due: DueKeysStore,
    private readonly changing: ChangeDueVersions,
  ) {}

  /** How many versions this replica made current. */
  async execute(now: Date): Promise<number> {
    return this.changing.execute(await this.due.versionsToActivate(now), 'activate version', (key, version) => {
      if (key.status !== 'enabled' || version.version <= key.currentVersion) return undefined;
      if (version.status !== 'enabled' || version.activatesAt === null || version.activatesAt > now) return undefined;
      return { currentVersion: version.version };
    });
  }
}
