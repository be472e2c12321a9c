import { Module } from '@nestjs/common';
import { BarrierModule } from '../barrier/barrier.module.js';
import { KeyAliases } from './key-aliases.js';
import { KeyAliasStore } from './key-alias.store.js';

/** Other names of keys. */
@Module({ imports: [BarrierModule], providers: [KeyAliases, KeyAliasStore], exports: [KeyAliases, KeyAliasStore] })
export class AliasesModule {}
