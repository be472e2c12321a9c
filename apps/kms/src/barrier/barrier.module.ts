import { Module } from '@nestjs/common';
import { Barrier } from './barrier.js';
import { BarrierEpochs } from './barrier-epochs.js';
import { BarrierStore } from './barrier.store.js';

/** The barrier and what is stored of it. */
@Module({ providers: [Barrier, BarrierEpochs, BarrierStore], exports: [Barrier, BarrierEpochs, BarrierStore] })
export class BarrierModule {}
