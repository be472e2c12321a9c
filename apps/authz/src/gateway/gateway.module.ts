import { ServiceInfo, Stopping } from '@cryptoutil/http';
import { secondsLeft, validityOf, type CertificateStore } from '@cryptoutil/pki';
import { Module } from '@nestjs/common';
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
import { GatewayMetrics } from './metrics/gateway-metrics.js';
import { poolUse } from './metrics/pool-use.js';
import { openGateway } from './server/open-gateway.js';
import { GatewayListener } from './server/gateway-listener.js';
import { Retention } from './spent/retention.js';
import { RevokedTokens } from './spent/revoked-tokens.js';
import { SpentTokenStore } from './spent/spent-token.store.js';
import { JwtSecrets } from './tokens/jwt-secrets.js';

/** Auth Service v1.0: the machine-to-machine API on its own listener, and the administration of what it serves. */
@Module({
  controllers: [GatewayClientsController, EndpointsController],
  providers: [
    GatewayClientStore,
    EndpointStore,
    SpentTokenStore,
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
    {
      provide: JwtSecrets,
      useFactory: ({ settings: { gateway }, logger }: Environment) =>
        new JwtSecrets({ current: gateway.jwtSecretFile!, previous: gateway.previousJwtSecretFile }, logger),
      inject: [Environment],
    },
    {
      provide: GatewayListener,
      useFactory: (environment: Environment, info: ServiceInfo, dataSource: DataSource, ...parts: GatewayParts) => {
        const [feed, clients, endpoints, revoked, store, clientSecrets, secrets, metrics] = parts;
        metrics.watch({
          ...poolUse(dataSource),
          secretAgeSeconds: () => secrets.ageSeconds,
          feedIsLive: () => feed.isLive,
          certificateSecondsLeft: (kind) => soonestEnd(environment.certificates, kind),
        });
        const known = { feed, clients, endpoints, revoked, store, clientSecrets, secrets, metrics };
        return openGateway({ environment, info, dataSource, ...known });
      },
      inject: [
        ...[Environment, ServiceInfo, DataSource, ChangeFeed, ClientDirectory, EndpointDirectory],
        ...[RevokedTokens, SpentTokenStore, GatewaySecrets, JwtSecrets, GatewayMetrics],
      ],
    },
    {
      provide: GatewayLifecycle,
      useFactory: (
        feed: ChangeFeed,
        clients: ClientDirectory,
        endpoints: EndpointDirectory,
        revoked: RevokedTokens,
        retention: Retention,
        secrets: JwtSecrets,
        listener: GatewayListener,
        stopping: Stopping,
      ) => new GatewayLifecycle({ feed, clients, endpoints, revoked, retention, secrets, listener, stopping }),
      inject: [
        ...[ChangeFeed, ClientDirectory, EndpointDirectory, RevokedTokens, Retention, JwtSecrets, GatewayListener],
        Stopping,
      ],
    },
  ],
})
export class GatewayModule {}

type GatewayParts = [
  ChangeFeed,
  ClientDirectory,
  EndpointDirectory,
  RevokedTokens,
  SpentTokenStore,
  GatewaySecrets,
  JwtSecrets,
  GatewayMetrics,
];

const soonestEnd = ({ current }: CertificateStore, kind: 'leaf' | 'authority'): number => {
  const ends = validityOf(current).filter((validity) => validity.kind === kind);
  return Math.floor(Math.min(...ends.map((validity) => secondsLeft(validity))));
};
