import type { Secret } from '@cryptoutil/crypto';
import type { Logger } from '@cryptoutil/telemetry';
import { Counter, Gauge } from '../metrics/exposition.js';
import type { GatewayMetrics } from '../metrics/gateway-metrics.js';
import { RedisBuckets } from './redis-buckets.js';
import { LocalCounts, type RequestCounts } from './request-counts.js';
import { SharedCounts } from './shared-counts.js';

interface Settings {
  readonly redisUrl: string | undefined;
  readonly redisUser: string | undefined;
  readonly redisPassword: Secret | undefined;
  readonly redisTlsCaFile: string | undefined;
}

/** Where the requests are counted: in Redis when the settings name one, else in this process. Not connected yet. */
export function countsOf(settings: Settings, metrics: GatewayMetrics, logger: Logger): RequestCounts {
  const { redisUrl: url, redisUser: user, redisPassword: password, redisTlsCaFile: tlsCaFile } = settings;
  const local = new LocalCounts();
  if (url === undefined) return local;
  const countedLocally = new Counter(
    'auth_server_limits_counted_locally_total',
    'Requests that were counted by one process alone because Redis did not answer',
  );
  const buckets = new RedisBuckets({ url, user, password, tlsCaFile }, logger);
  const shared = new SharedCounts(buckets, local, logger, () => countedLocally.add());
  const isShared = () => Number(shared.isShared);
  metrics.show(
    countedLocally,
    new Gauge('auth_server_limits_shared', '1 while the rate limits are counted in Redis', isShared, 'min'),
  );
  return shared;
}
