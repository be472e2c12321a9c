import { Module } from '@nestjs/common';
import { ElasticKeysModule } from '../elastic-keys/elastic-keys.module.js';
import { UnsealModule } from '../unseal/unseal.module.js';
import { AttestationsController } from './attestations.controller.js';
import { KmsSignature } from './kms-signature.js';

/** Signatures by the kms itself. */
@Module({
  imports: [ElasticKeysModule, UnsealModule],
  controllers: [AttestationsController],
  providers: [KmsSignature],
  exports: [KmsSignature],
})
export class AttestationsModule {}
