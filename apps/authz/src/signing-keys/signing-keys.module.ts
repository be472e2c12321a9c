import { KmsClient } from '@cryptoutil/kms-client';
import { Module } from '@nestjs/common';
import { Environment } from '../environment.module.js';
import { StorageModule } from '../storage/storage.module.js';
import { SigningKeyStore } from './signing-key.store.js';
import { SigningKeys } from './signing-keys.js';

/** The keys that sign tokens: held by the key service, published here. */
@Module({
  imports: [StorageModule],
  providers: [
    SigningKeyStore,
    {
      provide: SigningKeys,
      useFactory: (store: SigningKeyStore, { settings, toKms, logger }: Environment) =>
        new SigningKeys(new KmsClient({ baseUrl: settings.authz.kmsUrl, dispatcher: toKms }), store, logger),
      inject: [SigningKeyStore, Environment],
    },
  ],
  exports: [SigningKeys],
})
export class SigningKeysModule {}
