import { Module } from '@nestjs/common';
import { UnsealModule } from '../unseal/unseal.module.js';
import { ElasticKeysController } from './elastic-keys.controller.js';
import { ElasticKeysModule } from './elastic-keys.module.js';

/** Routes of the elastic keys. */
@Module({ imports: [ElasticKeysModule, UnsealModule], controllers: [ElasticKeysController] })
export class ElasticKeyRoutesModule {}
