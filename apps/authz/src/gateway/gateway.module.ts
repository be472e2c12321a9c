import { Module } from '@nestjs/common';
import { controllers, serving, shared } from './gateway.providers.js';
import { GatewayMetrics } from './metrics/gateway-metrics.js';
import { MetricsPage, OwnMetricsPage } from './metrics/metrics-page.js';

/** Auth Service v1.0: the machine-to-machine API on its own listener, and the administration of what it serves, in one process. */
@Module({
  controllers,
  providers: [
    ...shared,
    ...serving,
    {
      provide: MetricsPage,
      useFactory: (metrics: GatewayMetrics) => new OwnMetricsPage(metrics),
      inject: [GatewayMetrics],
    },
  ],
})
export class GatewayModule {}
