import { Module } from '@nestjs/common';
import { BarrierModule } from '../barrier/barrier.module.js';
import { CreateElasticKey } from './create-elastic-key.js';
import { DescribeElasticKey } from './describe-elastic-key.js';
import { ElasticKeyStore } from './elastic-key.store.js';
import { KeyRing } from './key-ring.js';
import { ListElasticKeys } from './list-elastic-keys.js';
import { ListElasticKeysStore } from './list-elastic-keys.store.js';
import { MessageCounter } from './message-counter.js';
import { MessageCounterStore } from './message-counter.store.js';
import { RotateElasticKey } from './rotate-elastic-key.js';

const provided = [
  CreateElasticKey,
  DescribeElasticKey,
  ElasticKeyStore,
  KeyRing,
  ListElasticKeys,
  MessageCounter,
  RotateElasticKey,
];

/** Elastic keys and their versions. Its routes are in `ElasticKeyRoutesModule`, because they need to know whether the kms is sealed. */
@Module({
  imports: [BarrierModule],
  providers: [...provided, ListElasticKeysStore, MessageCounterStore],
  exports: provided,
})
export class ElasticKeysModule {}
