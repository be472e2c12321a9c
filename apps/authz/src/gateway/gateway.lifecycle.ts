import { promptStop, type Stopping } from '@cryptoutil/http';
import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { ClientDirectory } from './clients/client-directory.js';
import type { EndpointDirectory } from './endpoints/endpoint-directory.js';
import type { ChangeFeed } from './feed/change-feed.js';
import type { GatewayListener } from './server/gateway-listener.js';
import type { RevokedTokens } from './spent/revoked-tokens.js';
import type { Retention } from './spent/retention.js';
import type { RequestCounts } from './limits/request-counts.js';
import type { JwtSecrets } from './tokens/jwt-secrets.js';
import type { SecretAge } from './tokens/secret-age.js';

interface Parts {
  readonly feed: ChangeFeed;
  readonly clients: ClientDirectory;
  readonly endpoints: EndpointDirectory;
  readonly revoked: RevokedTokens;
  readonly retention: Retention;
  readonly secrets: JwtSecrets;
  readonly age: SecretAge;
  readonly counts: RequestCounts;
  readonly listener: GatewayListener;
  readonly stopping: Stopping;
}

/** The order in which the API starts and stops: what it knows comes before its door and goes after it; the database goes last of all. */
export class GatewayLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(private readonly parts: Parts) {}

  async onApplicationBootstrap(): Promise<void> {
    const { feed, clients, endpoints, revoked, retention, secrets, age, counts, listener, stopping } = this.parts;
    feed.follow('c', clients);
    feed.follow('e', endpoints);
    feed.follow('r', revoked);
    await feed.start();
    retention.start();
    secrets.follow();
    age.start();
    counts.open();
    await listener.listen();
    stopping.along((times) => listener.close(times));
  }

  async beforeApplicationShutdown(): Promise<void> {
    const { feed, retention, secrets, age, counts, listener } = this.parts;
    // Has happened already, unless the start failed after it listened.
    await listener.close(promptStop());
    retention.stop();
    secrets.close();
    age.stop();
    counts.close();
    await feed.stop();
  }
}
