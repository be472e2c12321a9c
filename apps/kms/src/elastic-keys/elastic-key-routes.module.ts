import { Module } from '@nestjs/common';
import { AliasesController } from '../aliases/aliases.controller.js';
import { AssignAlias } from '../aliases/assign-alias.js';
import { IdentityKeysController } from '../internal-identities/identity-keys.controller.js';
import { UnsealModule } from '../unseal/unseal.module.js';
import { ElasticKeysController } from './elastic-keys.controller.js';
import { KeyStatesController } from './key-states.controller.js';
import { MaterialKeysController } from './material-keys.controller.js';
import { ElasticKeysModule } from './elastic-keys.module.js';

/** Routes of the elastic keys. */
@Module({
  imports: [ElasticKeysModule, UnsealModule],
  controllers: [
    ElasticKeysController,
    KeyStatesController,
    MaterialKeysController,
    AliasesController,
    IdentityKeysController,
  ],
  providers: [AssignAlias],
})
export class ElasticKeyRoutesModule {}
