import { DatabaseModule } from '@cryptoutil/database';
import { Module, type DynamicModule } from '@nestjs/common';
import { entities, migrations } from '../../database.js';
import { EnvironmentModule, type Environment } from '../../environment.module.js';
import { serving, shared } from '../gateway.providers.js';
import { GatewayMetrics } from '../metrics/gateway-metrics.js';
import { MetricsPage } from '../metrics/metrics-page.js';
import { FrontLink } from './front-link.js';

/** A process that serves the API and nothing else. */
@Module({})
export class WorkerModule {
  static forRoot(environment: Environment): DynamicModule {
    return {
      module: WorkerModule,
      imports: [
        EnvironmentModule.forRoot(environment),
        DatabaseModule.forRoot(environment.settings.database, { entities, migrations, logger: environment.logger }),
      ],
      providers: [
        ...shared,
        ...serving,
        {
          provide: FrontLink,
          useFactory: (metrics: GatewayMetrics) => new FrontLink(process, metrics),
          inject: [GatewayMetrics],
        },
        { provide: MetricsPage, useExisting: FrontLink },
      ],
    };
  }
}
