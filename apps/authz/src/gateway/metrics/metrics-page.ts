import type { GatewayMetrics } from './gateway-metrics.js';
import { expositionOf } from './snapshot.js';

/** What `GET /metrics` answers. */
export abstract class MetricsPage {
  abstract text(): string | Promise<string>;
}

/** The metrics of this process alone. */
export class OwnMetricsPage extends MetricsPage {
  constructor(private readonly metrics: Pick<GatewayMetrics, 'snapshots'>) {
    super();
  }

  text(): string {
    return expositionOf(this.metrics.snapshots());
  }
}
