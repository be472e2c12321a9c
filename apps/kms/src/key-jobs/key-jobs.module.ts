import { Module } from '@nestjs/common';
import { BarrierModule } from '../barrier/barrier.module.js';
import { ElasticKeysModule } from '../elastic-keys/elastic-keys.module.js';
import { UnsealModule } from '../unseal/unseal.module.js';
import { ActivateDueVersions } from './activate-due-versions.js';
import { ChangeDueVersions } from './change-due-versions.js';
import { DestroyDueKeys } from './destroy-due-keys.js';
import { DestroyDueVersions } from './destroy-due-versions.js';
import { DueKeysStore } from './due-keys.store.js';
import { DueWork } from './due-work.js';
import { KeyJobs } from './key-jobs.js';
import { RotateDueKeys } from './rotate-due-keys.js';

/** What happens to keys when its time has come. */
@Module({
  imports: [BarrierModule, ElasticKeysModule, UnsealModule],
  providers: [
    ActivateDueVersions,
    ChangeDueVersions,
    DestroyDueKeys,
    DestroyDueVersions,
    DueKeysStore,
    DueWork,
    KeyJobs,
    RotateDueKeys,
  ],
})
export class KeyJobsModule {}
