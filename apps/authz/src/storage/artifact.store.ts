import { Injectable } from '@nestjs/common';
import { ProtocolDatabase } from './protocol-database.js';

export interface Artifact {
  payload: Record<string, unknown>;
  consumed: boolean;
}

interface NewArtifact {
  model: string;
  idHash: string;
  payload: Record<string, unknown>;
  grantHash?: string;
  uidHash?: string;
  ttlSeconds: number;
  /** Insert only: an identifier that is already there is refused. */
  once?: boolean;
}

/** How a refresh token was consumed: for the first time, or again by a client whose first answer was lost. */
export type Consumption = 'first' | 'retry' | 'replayed';

/** A client may repeat a refresh once within this time and gets the same successor (architecture decision 4). */
const retryWindowSeconds = 10;

/**
 * Locks the grant before the row that hangs on it. Every statement that touches both takes this order, so that
 * redemption, rotation and revocation of one grant never wait for each other in a circle.
 */
const lockGrant = (parameter: string, strength: 'SHARE' | 'UPDATE') =>
  `WITH held AS MATERIALIZED (SELECT 1 FROM artifact WHERE model = 'Grant' AND id_hash = ${parameter} FOR ${strength})`;

const retry = `retried_at IS NULL AND consumed_at > now() - interval '${retryWindowSeconds} seconds'`;

/** SQL of the oidc-provider models, all single-use rules included (architecture decision 2). */
@Injectable()
export class ArtifactStore {
  constructor(private readonly database: ProtocolDatabase) {}

  /**
   * Stores or replaces an artifact. False, and nothing stored, when it hangs on a grant that is gone or, with `once`,
   * when its identifier is remembered already.
   */
  async put(artifact: NewArtifact): Promise<boolean> {
    const { model, idHash, payload, grantHash, uidHash, ttlSeconds, once } = artifact;
    const bound = grantHash !== undefined && model !== 'Grant';
    const rows = await this.database.write(
      `${bound ? lockGrant('$4', 'SHARE') : ''}
       INSERT INTO artifact (model, id_hash, payload, grant_hash, uid_hash, expires_at)
       SELECT $1, $2, $3, $4, $5, now() + make_interval(secs => $6) ${bound ? 'WHERE EXISTS (SELECT 1 FROM held)' : ''}
       ON CONFLICT (model, id_hash) DO ${once ? 'NOTHING' : 'UPDATE SET payload = excluded.payload, expires_at = excluded.expires_at'}
       RETURNING 1`,
      [model, idHash, JSON.stringify(payload), grantHash ?? null, uidHash ?? null, ttlSeconds],
    );
    return rows.length === 1;
  }

  async find(model: string, idHash: string): Promise<Artifact | undefined> {
    return this.one('model = $1 AND id_hash = $2', [model, idHash]);
  }

  async findByUid(model: string, uidHash: string): Promise<Artifact | undefined> {
    return this.one('model = $1 AND uid_hash = $2', [model, uidHash]);
  }

  /** Claims a single-use artifact. False when it was claimed before or its grant is gone. */
  async consume(model: string, idHash: string, grantHash: string): Promise<boolean> {
    const rows = await this.database.write(
      `${lockGrant('$3', 'SHARE')}
       UPDATE artifact SET consumed_at = now()
        WHERE model = $1 AND id_hash = $2 AND consumed_at IS NULL AND EXISTS (SELECT 1 FROM held)
        RETURNING 1`,
      [model, idHash, grantHash],
    );
    return rows.length === 1;
  }

  /** Claims a refresh token, or its one retry. */
  async consumeRefreshToken(idHash: string, grantHash: string): Promise<Consumption> {
    const rows = await this.database.write<{ retried: boolean }>(
      `${lockGrant('$2', 'SHARE')}
       UPDATE artifact
          SET retried_at = CASE WHEN consumed_at IS NULL THEN NULL ELSE now() END,
              consumed_at = coalesce(consumed_at, now())
        WHERE model = 'RefreshToken' AND id_hash = $1 AND (consumed_at IS NULL OR (${retry}))
          AND EXISTS (SELECT 1 FROM held)
        RETURNING retried_at IS NOT NULL AS retried`,
      [idHash, grantHash],
    );
    if (!rows[0]) return 'replayed';
    return rows[0].retried ? 'retry' : 'first';
  }

  async remove(model: string, idHash: string, grantHash?: string): Promise<void> {
    await this.database.write(
      grantHash === undefined
        ? 'DELETE FROM artifact WHERE model = $1 AND id_hash = $2'
        : `${lockGrant('$3', 'UPDATE')} DELETE FROM artifact WHERE model = $1 AND id_hash = $2 AND (SELECT count(*) FROM held) >= 0`,
      grantHash === undefined ? [model, idHash] : [model, idHash, grantHash],
    );
  }

  /** Deletes the artifacts of one model that hang on a grant; the grant itself stays. */
  async removeByGrant(model: string, grantHash: string): Promise<void> {
    await this.database.write(
      `${lockGrant('$2', 'UPDATE')}
       DELETE FROM artifact WHERE model = $1 AND grant_hash = $2 AND (SELECT count(*) FROM held) >= 0`,
      [model, grantHash],
    );
  }

  /** Ends a grant: the grant and everything issued under it. Later inserts under it find no grant and store nothing. */
  async revokeGrant(grantHash: string): Promise<void> {
    await this.database.write(
      `${lockGrant('$1', 'UPDATE')}
       DELETE FROM artifact
        WHERE ((model = 'Grant' AND id_hash = $1) OR grant_hash = $1) AND (SELECT count(*) FROM held) >= 0`,
      [grantHash],
    );
  }

  private async one(where: string, parameters: unknown[]): Promise<Artifact | undefined> {
    const rows = await this.database.read<{ payload: Record<string, unknown>; consumed: boolean }>(
      `SELECT payload, consumed_at IS NOT NULL AND NOT (model = 'RefreshToken' AND ${retry}) AS consumed
         FROM artifact WHERE ${where} AND expires_at > now()`,
      parameters,
    );
    return rows[0] && { payload: rows[0].payload, consumed: rows[0].consumed };
  }
}
