import { Module } from '@nestjs/common';
import { AuthorizationServerModule } from '../authorization-server/authorization-server.module.js';
import { Clock } from '../clock.js';
import { Environment } from '../environment.module.js';
import { FormsModule } from '../forms/forms.module.js';
import { LimitsModule } from '../limits/limits.module.js';
import { PagesModule } from '../pages/pages.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { UsersModule } from '../users/users.module.js';
import { HandOver } from './hand-over.js';
import { KnownBrowsers } from './known-browser.js';
import { LoginController } from './login.controller.js';
import { PasswordCheck } from './password-check.js';
import { SignIn } from './sign-in.js';

@Module({
  imports: [AuthorizationServerModule, FormsModule, LimitsModule, PagesModule, SessionsModule, UsersModule],
  controllers: [LoginController],
  providers: [
    HandOver,
    PasswordCheck,
    SignIn,
    {
      provide: KnownBrowsers,
      inject: [Environment, Clock],
      useFactory: ({ settings }: Environment, clock: Clock) => new KnownBrowsers(settings.sessionKey, clock),
    },
  ],
})
export class SignInModule {}
