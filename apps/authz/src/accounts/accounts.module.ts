import { Module } from '@nestjs/common';
import { Environment } from '../environment.module.js';
import { AccountDirectory } from './account-directory.js';

/** The people, as idp knows them. */
@Module({
  providers: [
    {
      provide: AccountDirectory,
      useFactory: ({ settings, agent }: Environment) => new AccountDirectory(settings.authz.idpUrl, agent),
      inject: [Environment],
    },
  ],
  exports: [AccountDirectory],
})
export class AccountsModule {}
