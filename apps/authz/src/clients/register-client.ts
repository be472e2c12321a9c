import { Problem } from '@cryptoutil/http';
import { Injectable } from '@nestjs/common';
import { ClientSecrets } from './client-secrets.js';
import type { ClientMetadata, ClientRegistration } from './client.schema.js';
import { ClientStore } from './client.store.js';

/** Registers a client or replaces its registration. */
@Injectable()
export class RegisterClient {
  constructor(
    private readonly store: ClientStore,
    private readonly secrets: ClientSecrets,
  ) {}

  /**
   * A secret that is left out on replacement stays as it is.
   * @throws Problem 400 invalid_request when a confidential client would have no secret.
   */
  async register(
    clientId: string,
    registration: ClientRegistration,
  ): Promise<{ client: ClientMetadata; isNew: boolean }> {
    const { client_secret: secret, ...rest } = registration;
    const metadata: ClientMetadata = {
      ...rest,
      client_id: clientId,
      response_types: rest.grant_types.includes('authorization_code') ? ['code'] : [],
    };
    if (rest.token_endpoint_auth_method.startsWith('client_secret_')) {
      const hash =
        secret === undefined ? (await this.store.find(clientId))?.client_secret : this.secrets.hash(clientId, secret);
      if (hash === undefined) throw missingSecret();
      metadata.client_secret = hash;
    }
    return { isNew: await this.store.put(metadata), client: metadata };
  }
}

const missingSecret = (): Problem =>
  new Problem({
    status: 400,
    code: 'invalid_request',
    detail: 'client_secret is needed for this token_endpoint_auth_method.',
    fields: [{ name: 'client_secret', detail: 'is needed' }],
  });
