import { Injectable } from '@nestjs/common';
import { ProtocolDatabase } from '../storage/protocol-database.js';
import type { ClientMetadata } from './client.schema.js';

/** SQL of the registered clients. `client_secret` inside the metadata is a keyed hash. */
@Injectable()
export class ClientStore {
  constructor(private readonly database: ProtocolDatabase) {}

  async find(clientId: string): Promise<ClientMetadata | undefined> {
    const rows = await this.database.read<{ metadata: ClientMetadata }>(
      'SELECT metadata FROM client WHERE client_id = $1',
      [clientId],
    );
    return rows[0]?.metadata;
  }

  /** A page of clients in the order of their ids, after `after`. */
  async list(after: string, limit: number): Promise<ClientMetadata[]> {
    const rows = await this.database.read<{ metadata: ClientMetadata }>(
      'SELECT metadata FROM client WHERE client_id > $1 ORDER BY client_id LIMIT $2',
      [after, limit],
    );
    return rows.map(({ metadata }) => metadata);
  }

  /** True when the client is new. */
  async put(metadata: ClientMetadata): Promise<boolean> {
    const rows = await this.database.write<{ is_new: boolean }>(
      `INSERT INTO client (client_id, metadata) VALUES ($1, $2)
       ON CONFLICT (client_id) DO UPDATE SET metadata = excluded.metadata, updated_at = now()
       RETURNING xmax = 0 AS is_new`,
      [metadata.client_id, JSON.stringify(metadata)],
    );
    return rows[0]?.is_new ?? false;
  }

  /** Removes a client with everything issued to it: whoever gets the same client_id later inherits nothing. */
  async remove(clientId: string): Promise<boolean> {
    const rows = await this.database.write(
      `WITH held AS MATERIALIZED (
         SELECT 1 FROM artifact WHERE model = 'Grant' AND payload ->> 'clientId' = $1 ORDER BY id_hash FOR UPDATE
       ), issued AS (
         DELETE FROM artifact WHERE payload ->> 'clientId' = $1 AND (SELECT count(*) FROM held) >= 0
       ), begun AS (
         DELETE FROM login_request WHERE payload -> 'params' ->> 'client_id' = $1
       )
       DELETE FROM client WHERE client_id = $1 RETURNING 1`,
      [clientId],
    );
    return rows.length === 1;
  }
}
