import { Module } from '@nestjs/common';
import { BarrierModule } from '../barrier/barrier.module.js';
import { Clock } from '../elastic-keys/clock.js';
import { KeyGrantStore } from './key-grant.store.js';
import { KeyPermissions } from './key-permissions.js';

const provided = [Clock, KeyGrantStore, KeyPermissions];

/** Who may use which key. Its routes are in `ElasticKeyRoutesModule`. */
@Module({ imports: [BarrierModule], providers: provided, exports: provided })
export class GrantsModule {}
