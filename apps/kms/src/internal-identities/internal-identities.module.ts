import { Module } from '@nestjs/common';
import { ElasticKeysModule } from '../elastic-keys/elastic-keys.module.js';
import { UnsealTask } from '../unseal/unseal-task.js';
import { CreateIdentityKeys } from './create-identity-keys.js';

/** The keys of the services of the suite, made when the kms is unsealed. */
@Module({
  imports: [ElasticKeysModule],
  providers: [{ provide: UnsealTask, useClass: CreateIdentityKeys }],
  exports: [UnsealTask],
})
export class InternalIdentitiesModule {}
