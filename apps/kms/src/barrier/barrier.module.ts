import { Module } from '@nestjs/common';
import { Barrier } from './barrier.js';
import { BarrierEpochs } from './barrier-epochs.js';
import { BarrierStore } from './barrier.store.js';
import { BarrierTurnStore } from './barrier-turn.store.js';
import { ShareCheck } from './share-check.js';

const providers = [Barrier, BarrierEpochs, BarrierStore, BarrierTurnStore, ShareCheck];

/** The barrier and what is stored of it. */
@Module({ providers, exports: providers })
export class BarrierModule {}
