import type { Rate, ServiceInfo } from '@cryptoutil/http';
import type { DataSource } from 'typeorm';
import type { Environment } from '../../environment.module.js';
import type { ClientDirectory } from '../clients/client-directory.js';
import type { GatewaySecrets } from '../clients/gateway-secrets.js';
import type { EndpointDirectory } from '../endpoints/endpoint-directory.js';
import type { ChangeFeed } from '../feed/change-feed.js';
import { RateLimits } from '../limits/rate-limits.js';
import type { RequestCounts } from '../limits/request-counts.js';

import type { GatewayMetrics } from '../metrics/gateway-metrics.js';
import type { MetricsPage } from '../metrics/metrics-page.js';
import { IssueToken } from '../routes/issue-token.js';
import { PresentedToken } from '../routes/presented-token.js';
import { Revoke } from '../routes/revoke.js';
import { ServiceHealth } from '../routes/service-health.js';
import { Validate } from '../routes/validate.js';
import type { RevokedTokens } from '../spent/revoked-tokens.js';
import { SpendTokens } from '../spent/spend-tokens.js';
import type { SpentTokenStore } from '../spent/spent-token.store.js';
import type { JwtSecrets } from '../tokens/jwt-secrets.js';
import { TokenCodec } from '../tokens/token-codec.js';
import { Cors } from './cors.js';
import { GatewayApi } from './gateway-api.js';
import { GatewayListener } from './gateway-listener.js';
import { routes } from './routes.js';

interface Parts {
  readonly environment: Environment;
  readonly info: ServiceInfo;
  readonly dataSource: DataSource;
  readonly feed: ChangeFeed;
  readonly clients: ClientDirectory;
  readonly endpoints: EndpointDirectory;
  readonly revoked: RevokedTokens;
  readonly store: SpentTokenStore;
  readonly clientSecrets: GatewaySecrets;
  readonly secrets: JwtSecrets;
  readonly counts: RequestCounts;
  readonly metrics: GatewayMetrics;
  readonly page: MetricsPage;
}

/** Puts the verbs of the API together behind its listener, which does not listen yet. */
export function openGateway(parts: Parts): GatewayListener {
  const { environment, metrics, clients } = parts;
  const { gateway, http } = environment.settings;
  // What each worker counts for itself is divided; what is counted in one place is not.
  const share = gateway.redisUrl === undefined ? gateway.workers : 1;
  const rate = (perSecond: number, burst: number): Rate => ({
    perSecond: perSecond / share,
    burst: Math.ceil(burst / share),
  });
  const limits = new RateLimits(
    rate(gateway.globalRps, gateway.globalBurst),
    rate(gateway.clientRps, gateway.clientBurst),
    parts.counts,
  );
  const codec = new TokenCodec(parts.secrets, gateway.audience);
  const tokens = new PresentedToken(codec, clients, parts.revoked);
  const spending = new SpendTokens(parts.store);
  const find = routes({
    issue: new IssueToken(clients, parts.clientSecrets, codec, limits, metrics),
    validate: new Validate(parts.endpoints, tokens, spending, limits, metrics),
    revoke: new Revoke(tokens, spending, parts.revoked, limits, metrics),
    health: new ServiceHealth(parts.info, parts.dataSource, parts.feed),
    page: parts.page,
  });
  const logger = environment.logger.child({ api: 'auth-service' });
  const cors = new Cors(gateway.corsOrigins);
  const api = new GatewayApi({ find, limits, metrics, cors, logger, maxInFlight: gateway.maxInFlight });
  return new GatewayListener(
    {
      host: http.listenHost,
      port: gateway.listenPort,
      publicUrl: gateway.publicUrl,
      redirectPort: gateway.redirectPort,
      trustedProxies: http.trustedProxies,
    },
    environment.certificates,
    api,
    logger,
  );
}
