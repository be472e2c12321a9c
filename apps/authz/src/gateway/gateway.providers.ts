import { ServiceInfo, Stopping } from '@cryptoutil/http';
import { secondsLeft, validityOf, type CertificateStore } from '@cryptoutil/pki';
import type { Provider } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Environment } from '../environment.module.js';
import { ClientDirectory } from './clients/client-directory.js';
import { GatewayClientStore } from './clients/client.store.js';
import { GatewayClientsController } from './clients/clients.controller.js';
import { GatewaySecrets } from './clients/gateway-secrets.js';
import { WriteClient } from './clients/write-client.js';
import { EndpointDirectory } from './endpoints/endpoint-directory.js';
import { EndpointStore } from './endpoints/endpoint.store.js';
import { EndpointsController } from './endpoints/endpoints.controller.js';
import { ChangeFeed } from './feed/change-feed.js';
import { feedOf } from './feed/feed-connection.js';
import { GatewayLifecycle } from './gateway.lifecycle.js';
import { countsOf } from './limits/counts-of.js';
import { RequestCounts } from './limits/request-counts.js';
import { GatewayMetrics } from './metrics/gateway-metrics.js';
import { MetricsPage } from './metrics/metrics-page.js';
import { poolUse } from './metrics/pool-use.js';
import { openGateway } from './server/open-gateway.js';
import { GatewayListener } from './server/gateway-listener.js';
import { Retention } from './spent/retention.js';
import { RevokedTokens } from './spent/revoked-tokens.js';
import { SpentTokenStore } from './spent/spent-token.store.js';
import { JwtSecrets } from './tokens/jwt-secrets.js';
import { SecretAge } from './tokens/secret-age.js';
import { SecretAgeStore } from './tokens/secret-age.store.js';

/** Administration of what the API serves. */
export const controllers = [GatewayClientsController, EndpointsController];

/** What administering and serving both need. */
export const shared: Provider[] = [
  GatewayClientStore,
  EndpointStore,
  GatewayMetrics,
  {
    provide: ChangeFeed,
    useFactory: ({ settings, logger }: Environment) => new ChangeFeed(feedOf(settings.database), logger),
    inject: [Environment],
  },
  {
    provide: ClientDirectory,
    useFactory: (store: GatewayClientStore, feed: ChangeFeed, metrics: GatewayMetrics) =>
      new ClientDirectory(store, feed, () => metrics.clientHits.add()),
    inject: [GatewayClientStore, ChangeFeed, GatewayMetrics],
  },
  {
    provide: EndpointDirectory,
    useFactory: (store: EndpointStore, feed: ChangeFeed, metrics: GatewayMetrics) =>
      new EndpointDirectory(store, feed, () => metrics.endpointHits.add()),
    inject: [EndpointStore, ChangeFeed, GatewayMetrics],
  },
  {
    provide: GatewaySecrets,
    useFactory: ({ settings }: Environment) => new GatewaySecrets(settings.authz.tokenHashKey),
    inject: [Environment],
  },
  {
    provide: WriteClient,
    useFactory: (store: GatewayClientStore, secrets: GatewaySecrets, directory: ClientDirectory) =>
      new WriteClient(store, secrets, directory),
    inject: [GatewayClientStore, GatewaySecrets, ClientDirectory],
  },
];

/** What serving needs besides; `MetricsPage` comes from the module. */
export const serving: Provider[] = [
  SpentTokenStore,
  SecretAgeStore,
  {
    provide: RevokedTokens,
    useFactory: (store: SpentTokenStore, feed: ChangeFeed) => new RevokedTokens(store, feed),
    inject: [SpentTokenStore, ChangeFeed],
  },
  {
    provide: Retention,
    useFactory: (store: SpentTokenStore, revoked: RevokedTokens, { logger }: Environment) =>
      new Retention(store, revoked, logger),
    inject: [SpentTokenStore, RevokedTokens, Environment],
  },
  {
    provide: JwtSecrets,
    useFactory: ({ settings: { gateway }, logger }: Environment) =>
      new JwtSecrets({ current: gateway.jwtSecretFile!, previous: gateway.previousJwtSecretFile }, logger),
    inject: [Environment],
  },
  {
    provide: SecretAge,
    useFactory: (secrets: JwtSecrets, store: SecretAgeStore, { logger }: Environment) =>
      new SecretAge(secrets, store, logger),
    inject: [JwtSecrets, SecretAgeStore, Environment],
  },
  {
    provide: RequestCounts,
    useFactory: ({ settings, logger }: Environment, metrics: GatewayMetrics) =>
      countsOf(settings.gateway, metrics, logger),
    inject: [Environment, GatewayMetrics],
  },
  {
    provide: GatewayListener,
    useFactory: (environment: Environment, info: ServiceInfo, dataSource: DataSource, ...parts: ListenerParts) => {
      const [feed, clients, endpoints, revoked, store, clientSecrets, secrets, age, counts, metrics, page] = parts;
      metrics.watch({
        ...poolUse(dataSource),
        secretAgeSeconds: () => age.seconds,
        feedIsLive: () => feed.isLive,
        certificateSecondsLeft: (kind) => soonestEnd(environment.certificates, kind),
      });
      const known = { feed, clients, endpoints, revoked, store, clientSecrets, secrets, counts, metrics, page };
      return openGateway({ environment, info, dataSource, ...known });
    },
    inject: [
      ...[Environment, ServiceInfo, DataSource, ChangeFeed, ClientDirectory, EndpointDirectory, RevokedTokens],
      ...[SpentTokenStore, GatewaySecrets, JwtSecrets, SecretAge, RequestCounts, GatewayMetrics, MetricsPage],
    ],
  },
  {
    provide: GatewayLifecycle,
    useFactory: (...parts: LifecycleParts) => {
      const [feed, clients, endpoints, revoked, retention, secrets, age, counts, listener, stopping] = parts;
      const known = { clients, endpoints, revoked, retention, secrets, age, counts };
      return new GatewayLifecycle({ feed, listener, stopping, ...known });
    },
    inject: [
      ...[ChangeFeed, ClientDirectory, EndpointDirectory, RevokedTokens, Retention, JwtSecrets, SecretAge],
      ...[RequestCounts, GatewayListener, Stopping],
    ],
  },
];

type ListenerParts = [
  ChangeFeed,
  ClientDirectory,
  EndpointDirectory,
  RevokedTokens,
  SpentTokenStore,
  GatewaySecrets,
  JwtSecrets,
  SecretAge,
  RequestCounts,
  GatewayMetrics,
  MetricsPage,
];

type LifecycleParts = [
  ChangeFeed,
  ClientDirectory,
  EndpointDirectory,
  RevokedTokens,
  Retention,
  JwtSecrets,
  SecretAge,
  RequestCounts,
  GatewayListener,
  Stopping,
];

const soonestEnd = ({ current }: CertificateStore, kind: 'leaf' | 'authority'): number => {
  const ends = validityOf(current).filter((validity) => validity.kind === kind);
  return Math.floor(Math.min(...ends.map((validity) => secondsLeft(validity))));
};
