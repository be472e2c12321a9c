import { Module } from '@nestjs/common';
import { Clock } from '../clock.js';
import { Environment } from '../environment.module.js';
import { LimitsModule } from '../limits/limits.module.js';
import { ExpirySweeper } from './expiry-sweeper.js';
import { SessionStore } from './session.store.js';
import { SessionsController } from './sessions.controller.js';
import { Sessions } from './sessions.js';

@Module({
  imports: [LimitsModule],
  controllers: [SessionsController],
  providers: [
    ExpirySweeper,
    SessionStore,
    {
      provide: Sessions,
      inject: [SessionStore, Environment, Clock],
      useFactory: (store: SessionStore, { settings }: Environment, clock: Clock) =>
        new Sessions(store, settings.sessionKey, clock),
    },
  ],
  exports: [Sessions, SessionStore],
})
export class SessionsModule {}
