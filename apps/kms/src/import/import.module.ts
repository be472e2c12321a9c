import { Module } from '@nestjs/common';
import { BarrierModule } from '../barrier/barrier.module.js';
import { ElasticKeysModule } from '../elastic-keys/elastic-keys.module.js';
import { ImportElasticKey } from './import-elastic-key.js';
import { OpenImport } from './open-import.js';
import { WrappingKeyStore } from './wrapping-key.store.js';
import { WrappingKeys } from './wrapping-keys.js';

/** Import of wrapped material. */
@Module({
  imports: [BarrierModule, ElasticKeysModule],
  providers: [ImportElasticKey, OpenImport, WrappingKeyStore, WrappingKeys],
  exports: [ImportElasticKey, WrappingKeys],
})
export class ImportModule {}
