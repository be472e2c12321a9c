import { signJws } from '@cryptoutil/crypto';
import { Injectable } from '@nestjs/common';
import { ElasticKeyStore } from '../elastic-keys/elastic-key.store.js';
import { KeyRing } from '../elastic-keys/key-ring.js';
import { KmsError } from '../errors/kms-error.js';
import { AUDIT_SIGNING } from '../internal-identities/internal-identities.js';
import type { ChainHead } from './audit-chain.store.js';

/** Signs where the chain ends, with a key that only the kms itself uses: who rewrites the chain in the database cannot sign its end. */
@Injectable()
export class SignAuditHead {
  constructor(
    private readonly store: ElasticKeyStore,
    private readonly ring: KeyRing,
  ) {}

  /** Compact JWS over `{seq, hash, at}`, and the public keys that verify it. Errors: `sealed`. */
  async execute({ sequence, hash }: ChainHead): Promise<{ jws: string; keys: object[] }> {
    const { tenant, name } = AUDIT_SIGNING;
    const id = await this.store.idOf(tenant, name);
    if (id === undefined) throw new KmsError('sealed');
    const { version } = await this.ring.open(tenant, id);
    const claims = { seq: sequence, hash: hash.toString('hex'), at: new Date().toISOString() };
    const jws = await signJws(version.material, Buffer.from(JSON.stringify(claims)), {
      kid: version.kid,
      typ: 'kms-audit-head',
    });
    const published = await this.store.publicKeys(tenant, id);
    const keys = published?.versions.map(({ id: kid, publicJwk }) => ({ ...publicJwk, kid })) ?? [];
    return { jws, keys };
  }
}
