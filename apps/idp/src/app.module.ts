import { DatabaseModule } from '@cryptoutil/database';
import { AccessModule } from '@cryptoutil/http';
import { Module, type DynamicModule } from '@nestjs/common';
import { AuthorizationServerModule } from './authorization-server/authorization-server.module.js';
import { ConsentModule } from './consent/consent.module.js';
import { entities, migrations } from './database.js';
import { EnvironmentModule, type Environment } from './environment.module.js';
import { FormsModule } from './forms/forms.module.js';
import { idpHealth } from './health.module.js';
import { HomeModule } from './home/home.module.js';
import { PagesModule } from './pages/pages.module.js';
import { SessionsModule } from './sessions/sessions.module.js';
import { SignInModule } from './sign-in/sign-in.module.js';
import { SignOutModule } from './sign-out/sign-out.module.js';
import { UsersModule } from './users/users.module.js';

/** Table of contents of idp. */
@Module({})
export class AppModule {
  static forRoot(environment: Environment): DynamicModule {
    return {
      module: AppModule,
      imports: [
        // infrastructure
        EnvironmentModule.forRoot(environment),
        DatabaseModule.forRoot(environment.settings.database, { entities, migrations, logger: environment.logger }),
        AccessModule.forRoot(),
        AuthorizationServerModule,
        FormsModule,
        PagesModule,
        // health
        idpHealth,
        // features
        UsersModule,
        SessionsModule,
        SignInModule,
        ConsentModule,
        SignOutModule,
        HomeModule,
      ],
    };
  }
}
