import { Module } from '@nestjs/common';
import { AccountDirectory } from '../accounts/account-directory.js';
import { AccountsModule } from '../accounts/accounts.module.js';
import { Environment } from '../environment.module.js';
import { HandOver } from '../interaction/hand-over.js';
import { SigningKeysModule } from '../signing-keys/signing-keys.module.js';
import { ProtocolDatabase } from '../storage/protocol-database.js';
import { StorageModule } from '../storage/storage.module.js';
import { BuildProvider } from './build-provider.js';
import { ProviderHolder } from './provider-holder.js';
import { ProviderSettings } from './provider-settings.js';
import { RequestScope } from './request-scope.js';
import { ResourceServers } from './scopes.js';

/** The oidc-provider instance and what it is configured with. */
@Module({
  imports: [StorageModule, SigningKeysModule, AccountsModule],
  providers: [
    {
      provide: ProviderSettings,
      useFactory: ({ settings: { authz } }: Environment) =>
        new ProviderSettings(
          authz.issuer,
          authz.idpUrl,
          authz.rsUrl,
          authz.kmsUrl,
          authz.cookieKey,
          authz.tokenHashKey,
        ),
      inject: [Environment],
    },
    {
      provide: ResourceServers,
      useFactory: (settings: ProviderSettings) => new ResourceServers(settings),
      inject: [ProviderSettings],
    },
    {
      provide: RequestScope,
      useFactory: (database: ProtocolDatabase, accounts: AccountDirectory, { logger }: Environment) =>
        new RequestScope(database, accounts, logger),
      inject: [ProtocolDatabase, AccountDirectory, Environment],
    },
    HandOver,
    BuildProvider,
    ProviderHolder,
  ],
  exports: [ProviderHolder, ResourceServers, StorageModule, SigningKeysModule],
})
export class ProviderModule {}
