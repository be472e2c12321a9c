import { Module } from '@nestjs/common';
import { BarrierModule } from '../barrier/barrier.module.js';
import { ElasticKeysModule } from '../elastic-keys/elastic-keys.module.js';
import { JwksController } from './jwks.controller.js';
import { PublicKeys } from './public-keys.js';

/** Publication of public keys. */
@Module({ imports: [BarrierModule, ElasticKeysModule], controllers: [JwksController], providers: [PublicKeys] })
export class JwksModule {}
