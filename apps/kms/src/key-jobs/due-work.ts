import { Injectable } from '@nestjs/common';
import { ActivateDueVersions } from './activate-due-versions.js';
import { DestroyDueKeys } from './destroy-due-keys.js';
import { DestroyDueVersions } from './destroy-due-versions.js';
import { RotateDueKeys } from './rotate-due-keys.js';

/** Everything that is done when its time has come, in the order in which one thing can make the next one due. */
@Injectable()
export class DueWork {
  readonly jobs: readonly { execute(now: Date): Promise<number> }[];

  constructor(
    destroyKeys: DestroyDueKeys,
    activate: ActivateDueVersions,
    rotate: RotateDueKeys,
    destroyVersions: DestroyDueVersions,
  ) {
    this.jobs = [destroyKeys, activate, rotate, destroyVersions];
  }
}
