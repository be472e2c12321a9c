import type { Adapter, AdapterPayload } from 'oidc-provider';
import { openScopes } from '../provider/scopes.js';
import type { ClientStore } from './client.store.js';

/**
 * oidc-provider's view of the registered clients: it reads them and nothing else. Its own `scope` knows only the scopes
 * that need no resource; all of them are in `allowed_scopes`. It takes an empty list for "all", so `openid` is the least.
 */
export class ClientAdapter implements Adapter {
  constructor(private readonly store: ClientStore) {}

  async find(id: string): Promise<AdapterPayload | undefined> {
    const client = await this.store.find(id);
    if (!client) return undefined;
    const allowed = client.scope?.split(' ') ?? [];
    const scope = allowed.filter((name) => openScopes.includes(name)).join(' ') || 'openid';
    return { ...client, scope, allowed_scopes: allowed.join(' ') };
  }

  upsert = refuse;
  destroy = refuse;
  consume = refuse;
  revokeByGrantId = refuse;
  findByUid = refuse;
  findByUserCode = refuse;
}

const refuse = (): Promise<never> => Promise.reject(new Error('clients are written by the admin API alone'));
