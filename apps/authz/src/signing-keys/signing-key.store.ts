import { Injectable } from '@nestjs/common';
import { ProtocolDatabase } from '../storage/protocol-database.js';

/** Longer than verifiers keep a JWKS without looking again. */
const publishLeadSeconds = 300;

export interface PublishedKey {
  kid: string;
  alg: string;
  public_jwk: Record<string, unknown>;
  is_current: boolean;
}

/** Public halves of the signing keys as last seen, so that JWKS and verification go on while the key service is away. */
@Injectable()
export class SigningKeyStore {
  constructor(private readonly database: ProtocolDatabase) {}

  /**
   * The key to sign with first. A new current key waits until it has been published for `publishLeadSeconds`, so that
   * verifiers have fetched it before they meet a token it signed; all replicas see the same moment.
   */
  async all(): Promise<PublishedKey[]> {
    return this.database.read<PublishedKey & Record<string, unknown>>(
      `SELECT kid, alg, public_jwk, is_current FROM signing_key
        ORDER BY (is_current AND seen_at <= now() - make_interval(secs => $1)) DESC, is_current, seen_at DESC, kid`,
      [publishLeadSeconds],
    );
  }

  /** Replaces what is published by what the key service says now, in one statement. */
  async replace(keys: PublishedKey[]): Promise<void> {
    await this.database.write(
      `WITH now_published AS (
         SELECT * FROM jsonb_to_recordset($1::jsonb) AS k (kid text, alg text, public_jwk jsonb, is_current boolean)
       ), gone AS (
         DELETE FROM signing_key WHERE kid NOT IN (SELECT kid FROM now_published)
       )
       INSERT INTO signing_key (kid, alg, public_jwk, is_current)
       SELECT kid, alg, public_jwk, is_current FROM now_published
       ON CONFLICT (kid) DO UPDATE SET is_current = excluded.is_current, public_jwk = excluded.public_jwk`,
      [JSON.stringify(keys)],
    );
  }
}
