import { Module } from '@nestjs/common';
import { Environment } from '../environment.module.js';
import { StorageModule } from '../storage/storage.module.js';
import { ClientSecrets } from './client-secrets.js';
import { ClientStore } from './client.store.js';
import { ClientsController } from './clients.controller.js';
import { RegisterClient } from './register-client.js';

/** Registration of clients. */
@Module({
  imports: [StorageModule],
  controllers: [ClientsController],
  providers: [
    ClientStore,
    RegisterClient,
    {
      provide: ClientSecrets,
      useFactory: ({ settings }: Environment) => new ClientSecrets(settings.authz.tokenHashKey),
      inject: [Environment],
    },
  ],
})
export class ClientsModule {}
