import { invalidRequest } from '@cryptoutil/http';
import type { ClientDirectory } from './client-directory.js';
import type { GatewayClientChange, GatewayClientRegistration } from './client.schema.js';
import type { GatewayClientRow, GatewayClientStore } from './client.store.js';
import type { GatewaySecrets } from './gateway-secrets.js';

/** Writes clients so that the next request at this replica sees the change; the others are told by the database. */
export class WriteClient {
  constructor(
    private readonly store: GatewayClientStore,
    private readonly secrets: GatewaySecrets,
    private readonly directory: ClientDirectory,
  ) {}

  /** @throws Problem 400 invalid_request when a new client comes without a secret. */
  async put(
    clientId: string,
    registration: GatewayClientRegistration,
  ): Promise<{ row: GatewayClientRow; isNew: boolean }> {
    const { client_secret: secret, name, access_token_ttl: ttlSeconds, allowed_scopes: scopes, active } = registration;
    const secretHash = secret === undefined ? undefined : this.secrets.hash(clientId, secret);
    const written = await this.store.put({ clientId, name, secretHash, ttlSeconds, scopes, active });
    if (!written) throw invalidRequest([{ name: 'client_secret', detail: 'is needed for a new client' }]);
    await this.directory.refresh(clientId);
    return written;
  }

  async change(clientId: string, change: GatewayClientChange): Promise<GatewayClientRow | undefined> {
    const { client_secret: secret, name, access_token_ttl: ttlSeconds, allowed_scopes: scopes, active } = change;
    const secretHash = secret === undefined ? undefined : this.secrets.hash(clientId, secret);
    const row = await this.store.change(clientId, { name, secretHash, ttlSeconds, scopes, active });
    if (row) await this.directory.refresh(clientId);
    return row;
  }

  async remove(clientId: string): Promise<boolean> {
    const removed = await this.store.remove(clientId);
    if (removed) await this.directory.refresh(clientId);
    return removed;
  }
}
