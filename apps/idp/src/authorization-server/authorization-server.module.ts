import { Module } from '@nestjs/common';
import { Environment } from '../environment.module.js';
import { AuthorizationServer } from './authorization-server.js';

@Module({
  providers: [
    {
      provide: AuthorizationServer,
      inject: [Environment],
      useFactory: ({ settings, agent }: Environment) =>
        new AuthorizationServer({ ...settings.authorizationServer, dispatcher: agent }),
    },
  ],
  exports: [AuthorizationServer],
})
export class AuthorizationServerModule {}
