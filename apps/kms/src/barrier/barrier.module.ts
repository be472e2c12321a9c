import { Module } from '@nestjs/common';
import { Barrier } from './barrier.js';
import { BarrierStore } from './barrier.store.js';

/** The barrier and what is stored of it. */
@Module({ providers: [Barrier, BarrierStore], exports: [Barrier, BarrierStore] })
export class BarrierModule {}
