import { Module, type DynamicModule } from '@nestjs/common';
import { DatabaseModule } from '@cryptoutil/database';
import { AccessModule } from '@cryptoutil/http';
import { AdminMetricsModule } from './admin-metrics/admin-metrics.module.js';
import { entities, migrations } from './database.js';
import { EnvironmentModule, type Environment } from './environment.module.js';
import { healthModule } from './health/health.module.js';
import { MeModule } from './me/me.module.js';
import { ProtectedResourceModule } from './protected-resource/protected-resource.module.js';

/** Table of contents of the resource server. */
@Module({})
export class AppModule {
  static forRoot(environment: Environment): DynamicModule {
    const { settings, logger, verifier } = environment;
    return {
      module: AppModule,
      imports: [
        // infrastructure
        EnvironmentModule.forRoot(environment),
        DatabaseModule.forRoot(settings.database, { entities, migrations, logger }),
        AccessModule.forRoot({ verifier }),
        // health
        healthModule(),
        // features
        ProtectedResourceModule,
        MeModule,
        AdminMetricsModule,
      ],
    };
  }
}
