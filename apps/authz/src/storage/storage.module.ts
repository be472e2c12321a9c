import { Module } from '@nestjs/common';
import { Environment } from '../environment.module.js';
import { HandOverHash } from '../interaction/hand-over-hash.js';
import { LoginRequestStore } from '../interaction/login-request.store.js';
import { ArtifactHash } from './artifact-hash.js';
import { ArtifactStore } from './artifact.store.js';
import { ExpirySweeper } from './expiry-sweeper.js';
import { ProtocolAdapters } from './protocol-adapters.js';
import { ProtocolDatabase } from './protocol-database.js';

/** Where the protocol's state lives. */
@Module({
  providers: [
    ProtocolDatabase,
    ArtifactStore,
    LoginRequestStore,
    {
      provide: ArtifactHash,
      useFactory: ({ settings }: Environment) => new ArtifactHash(settings.authz.tokenHashKey),
      inject: [Environment],
    },
    {
      provide: HandOverHash,
      useFactory: ({ settings }: Environment) => new HandOverHash(settings.authz.tokenHashKey),
      inject: [Environment],
    },
    {
      provide: ProtocolAdapters,
      useFactory: (hash: ArtifactHash, handOver: HandOverHash, database: ProtocolDatabase, { logger }: Environment) =>
        new ProtocolAdapters(hash, handOver, database, logger),
      inject: [ArtifactHash, HandOverHash, ProtocolDatabase, Environment],
    },
    {
      provide: ExpirySweeper,
      useFactory: (database: ProtocolDatabase, { logger }: Environment) => new ExpirySweeper(database, logger),
      inject: [ProtocolDatabase, Environment],
    },
  ],
  exports: [ProtocolDatabase, ProtocolAdapters, LoginRequestStore, HandOverHash],
})
export class StorageModule {}
