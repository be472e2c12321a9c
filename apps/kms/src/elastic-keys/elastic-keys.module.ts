import { Module } from '@nestjs/common';
import { BarrierModule } from '../barrier/barrier.module.js';
import { AliasesModule } from '../aliases/aliases.module.js';
import { AuditModule } from '../audit/audit.module.js';
import { GrantsModule } from '../grants/grants.module.js';
import { AddVersion } from './add-version.js';
import { ChangeElasticKey } from './change-elastic-key.js';
import { CreateElasticKey } from './create-elastic-key.js';
import { DescribeElasticKey } from './describe-elastic-key.js';
import { ElasticKeyStore } from './elastic-key.store.js';
import { KeyPoolModule } from '../key-pool/key-pool.module.js';
import { KeyRing } from './key-ring.js';
import { LastUse } from './last-use.js';
import { ListElasticKeys } from './list-elastic-keys.js';
import { ListElasticKeysStore } from './list-elastic-keys.store.js';
import { ListMaterialKeysStore } from './list-material-keys.store.js';
import { MaterialSource } from './material-source.js';
import { MessageCounter } from './message-counter.js';
import { MessageCounterStore } from './message-counter.store.js';
import { RotateElasticKey } from './rotate-elastic-key.js';
import { SwitchElasticKey } from './switch-elastic-key.js';
import { SwitchMaterialKey } from './switch-material-key.js';

const provided = [
  AddVersion,
  ChangeElasticKey,
  CreateElasticKey,
  DescribeElasticKey,
  ElasticKeyStore,
  KeyRing,
  LastUse,
  ListElasticKeys,
  ListMaterialKeysStore,
  MaterialSource,
  MessageCounter,
  RotateElasticKey,
  SwitchElasticKey,
  SwitchMaterialKey,
];

/** Elastic keys and their versions. Its routes are in `ElasticKeyRoutesModule`, because they need to know whether the kms is sealed. */
@Module({
  imports: [AliasesModule, AuditModule, BarrierModule, GrantsModule, KeyPoolModule],
  providers: [...provided, ListElasticKeysStore, MessageCounterStore],
  exports: [...provided, AliasesModule, AuditModule, GrantsModule, KeyPoolModule],
})
export class ElasticKeysModule {}
