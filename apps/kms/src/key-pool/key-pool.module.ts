import { Module } from '@nestjs/common';
import { BarrierModule } from '../barrier/barrier.module.js';
import { KeyPool } from './key-pool.js';

/** Keys made in advance. */
@Module({ imports: [BarrierModule], providers: [KeyPool], exports: [KeyPool] })
export class KeyPoolModule {}
