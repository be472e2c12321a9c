import { Module } from '@nestjs/common';
import { KeyAccess } from '../access/key-access.js';
import { ElasticKeysModule } from '../elastic-keys/elastic-keys.module.js';
import { UnsealModule } from '../unseal/unseal.module.js';
import { Decrypt } from './decrypt.js';
import { Encrypt } from './encrypt.js';
import { OperationsController } from './operations.controller.js';
import { Sign } from './sign.js';
import { Verify } from './verify.js';

/** Encrypting, decrypting, signing and verifying with elastic keys. */
@Module({
  imports: [ElasticKeysModule, UnsealModule],
  controllers: [OperationsController],
  providers: [Decrypt, Encrypt, KeyAccess, Sign, Verify],
})
export class OperationsModule {}
