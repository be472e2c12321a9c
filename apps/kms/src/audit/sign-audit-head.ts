import { Injectable } from '@nestjs/common';
import { KmsSignature } from '../attestations/kms-signature.js';
import { AUDIT_SIGNING } from '../internal-identities/internal-identities.js';
import type { ChainHead } from './audit-chain.store.js';

/** Signs where the chain ends, with a key that only the kms itself uses: who rewrites the chain in the database cannot sign its end. */
@Injectable()
export class SignAuditHead {
  constructor(private readonly signature: KmsSignature) {}

  /** Compact JWS over `{seq, hash, at}`, and the public keys that verify it. Errors: `sealed`. */
  execute({ sequence, hash }: ChainHead): Promise<{ jws: string; keys: object[] }> {
    const claims = { seq: sequence, hash: hash.toString('hex'), at: new Date().toISOString() };
    return this.signature.over(claims, { ...AUDIT_SIGNING, typ: 'kms-audit-head' });
  }
}
