import { signJws } from '@cryptoutil/crypto';
import { Injectable } from '@nestjs/common';
import { ElasticKeyStore } from '../elastic-keys/elastic-key.store.js';
import { KeyRing } from '../elastic-keys/key-ring.js';
import { KmsError } from '../errors/kms-error.js';

/** A key of the kms's own, and the `typ` that separates what it signs from everything else. */
export interface OwnSigningKey {
  readonly tenant: string;
  readonly name: string;
  readonly typ: string;
}

/** Signs with a key that only the kms itself uses: nobody reaches it by the routes for keys. */
@Injectable()
export class KmsSignature {
  constructor(
    private readonly store: ElasticKeyStore,
    private readonly ring: KeyRing,
  ) {}

  /** Compact JWS over the claims, and the public keys that verify it. Errors: `sealed`. */
  async over(claims: object, { tenant, name, typ }: OwnSigningKey): Promise<{ jws: string; keys: object[] }> {
    const id = await this.store.idOf(tenant, name);
    if (id === undefined) throw new KmsError('sealed');
    const { version } = await this.ring.open(tenant, id);
    const jws = await signJws(version.material, Buffer.from(JSON.stringify(claims)), { kid: version.kid, typ });
    const published = await this.store.publicKeys(tenant, id);
    const keys = published?.versions.map(({ id: kid, publicJwk }) => ({ ...publicJwk, kid })) ?? [];
    return { jws, keys };
  }
}
