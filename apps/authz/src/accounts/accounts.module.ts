import { Module } from '@nestjs/common';
import { Environment } from '../environment.module.js';
import { AccountDirectory } from './account-directory.js';

/** The people, as idp knows them. */
@Module({
  providers: [
    {
      provide: AccountDirectory,
      useFactory: ({ settings, toIdp }: Environment) => new AccountDirectory(settings.authz.idpUrl, toIdp),
      inject: [Environment],
    },
  ],
  exports: [AccountDirectory],
})
export class AccountsModule {}
