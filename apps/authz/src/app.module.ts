import { DatabaseModule } from '@cryptoutil/database';
import { AccessModule } from '@cryptoutil/http';
import { Module, type DynamicModule, type Type } from '@nestjs/common';
import { AccountsModule } from './accounts/accounts.module.js';
import { ClientsModule } from './clients/clients.module.js';
import { entities, migrations } from './database.js';
import { type Environment, EnvironmentModule } from './environment.module.js';
import { GatewayModule } from './gateway/gateway.module.js';
import { FrontModule } from './gateway/workers/front.module.js';
import { authzHealth } from './health/health.module.js';
import { InteractionModule } from './interaction/interaction.module.js';
import { PagesModule } from './pages/pages.module.js';
import { ProviderModule } from './provider/provider.module.js';
import { SigningKeysModule } from './signing-keys/signing-keys.module.js';

/** Table of contents of authz. */
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
        // health
        authzHealth,
        // features
        SigningKeysModule,
        AccountsModule,
        ProviderModule,
        InteractionModule,
        ClientsModule,
        PagesModule,
        ...authService(environment.settings.gateway),
      ],
    };
  }
}

/** The Auth Service v1.0 API: here, or here its administration alone and the rest in workers. */
function authService(settings: Environment['settings']['gateway']): Type[] {
  if (!settings.jwtSecretFile) return [];
  return [settings.workers > 1 ? FrontModule : GatewayModule];
}
