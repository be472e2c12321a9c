import { createPublicKey, type KeyObject } from '@cryptoutil/crypto';
import { ExternalSigningKey } from 'oidc-provider';

/** Signs bytes with the private key named `kid`; rejects with KmsUnavailable when the key service cannot. */
export type SignWith = (kid: string, data: Uint8Array) => Promise<Uint8Array>;

/** A signing key whose private half stays in the key service. */
export class KmsSigningKey extends ExternalSigningKey {
  private readonly publicKey: KeyObject;

  constructor(
    publicJwk: Record<string, unknown> & { kid: string; alg: string },
    private readonly signWith: SignWith,
  ) {
    super();
    Object.assign(this, { kid: publicJwk.kid, alg: publicJwk.alg });
    this.publicKey = createPublicKey({ key: publicJwk, format: 'jwk' });
  }

  override keyObject(): KeyObject {
    return this.publicKey;
  }

  override async sign(data: Uint8Array): Promise<Uint8Array> {
    return this.signWith(String(this.kid), data);
  }
}
