import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { ClientStore } from './client.store.js';

/** oidc-provider's view of the registered clients: it reads them and nothing else. */
export class ClientAdapter implements Adapter {
  constructor(private readonly store: ClientStore) {}

  async find(id: string): Promise<AdapterPayload | undefined> {
    return (await this.store.find(id)) as AdapterPayload | undefined;
  }

  upsert = refuse;
  destroy = refuse;
  consume = refuse;
  revokeByGrantId = refuse;
  findByUid = refuse;
  findByUserCode = refuse;
}

const refuse = (): Promise<never> => Promise.reject(new Error('clients are written by the admin API alone'));
