import { Module } from '@nestjs/common';
import { AliasesController } from '../aliases/aliases.controller.js';
import { AssignAlias } from '../aliases/assign-alias.js';
import { BarrierModule } from '../barrier/barrier.module.js';
import { GrantKey } from '../grants/grant-key.js';
import { GrantsController } from '../grants/grants.controller.js';
import { IdentityKeysController } from '../internal-identities/identity-keys.controller.js';
import { ImportController } from '../import/import.controller.js';
import { ImportModule } from '../import/import.module.js';
import { KeyPoolsController } from '../key-pool/key-pools.controller.js';
import { UnsealModule } from '../unseal/unseal.module.js';
import { ElasticKeysController } from './elastic-keys.controller.js';
import { KeyStatesController } from './key-states.controller.js';
import { MaterialKeysController } from './material-keys.controller.js';
import { ElasticKeysModule } from './elastic-keys.module.js';

/** Routes of the elastic keys. */
@Module({
  imports: [BarrierModule, ElasticKeysModule, ImportModule, UnsealModule],
  controllers: [
    ElasticKeysController,
    KeyStatesController,
    MaterialKeysController,
    AliasesController,
    GrantsController,
    IdentityKeysController,
    ImportController,
    KeyPoolsController,
  ],
  providers: [AssignAlias, GrantKey],
})
export class ElasticKeyRoutesModule {}
