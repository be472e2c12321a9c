import { type JsonWebKey, base64url, jwkThumbprint, sha256 } from '@cryptoutil/crypto';
import { Injectable } from '@nestjs/common';
import type { Caller } from '../access/caller.js';
import { KeyAliases } from '../aliases/key-aliases.js';
import { Barrier } from '../barrier/barrier.js';
import { BarrierEpochs } from '../barrier/barrier-epochs.js';
import { ElasticKeyStore } from '../elastic-keys/elastic-key.store.js';
import { checkElasticState, checkMaterialState } from '../elastic-keys/sealed-state.js';
import { KmsError } from '../errors/kms-error.js';
import { KeyPermissions } from '../grants/key-permissions.js';

/** A JWK set with the strong validator of its bytes. */
export interface PublishedKeys {
  body: string;
  etag: string;
}

/** Public keys of all versions of a key, newest first (RFC 7517 §5). Works while sealed; then the rows are not proved. */
@Injectable()
export class PublicKeys {
  constructor(
    private readonly store: ElasticKeyStore,
    private readonly barrier: Barrier,
    private readonly epochs: BarrierEpochs,
    private readonly aliases: KeyAliases,
    private readonly permissions: KeyPermissions,
  ) {}

  /** Symmetric keys publish an empty set. Errors: `key_not_found`, `operation_not_allowed`, `integrity`. */
  async execute(caller: Caller, id: string): Promise<PublishedKeys> {
    caller.note.operation = 'read';
    caller.note.keyId = id;
    const found = await this.store.publicKeys(caller.tenant, await this.aliases.resolve(caller.tenant, id));
    if (!found) throw new KmsError('key_not_found');
    await this.permissions.require(caller, found.key, 'read', 'read');
    if (!this.barrier.locked) {
      await this.epochs.ensure([found.key, ...found.versions]);
      checkElasticState(this.barrier, found.key);
    }
    const keys = found.versions.flatMap(({ publicJwk, ...row }) => {
      if (publicJwk === null) return [];
      if (!this.barrier.locked && checkMaterialState(this.barrier, row) !== jwkThumbprint(publicJwk as JsonWebKey)) {
        throw new KmsError('integrity', {
          table: 'material_keys',
          key_id: id,
          version: row.version,
          column: 'public_jwk',
        });
      }
      // Nobody shall believe signatures that this kms would refuse.
      if (found.key.status !== 'enabled' || row.status !== 'enabled') return [];
      return [{ ...publicJwk, kid: row.id }];
    });
    const body = JSON.stringify({ keys });
    return { body, etag: `"${base64url.encode(sha256(body))}"` };
  }
}
