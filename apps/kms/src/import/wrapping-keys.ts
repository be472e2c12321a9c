import { DEFAULT_RSA_BITS, uuidv7, wrappingPublicPem } from '@cryptoutil/crypto';
import { Injectable } from '@nestjs/common';
import { Barrier } from '../barrier/barrier.js';
import { BarrierEpochs } from '../barrier/barrier-epochs.js';
import type { SealedPlace } from '../barrier/sealed-column.js';
import { KmsError } from '../errors/kms-error.js';
import { KeyPool } from '../key-pool/key-pool.js';
import type { WrappingKeyEntity } from './wrapping-key.entity.js';
import { WrappingKeyStore } from './wrapping-key.store.js';

/** Time in which a wrapping key can be used, in milliseconds. */
export const WRAPPING_KEY_LIFE_MS = 30 * 60_000;
/** Wrapping keys of one tenant that wait to be used. */
export const WRAPPING_KEYS_WAITING = 100;

const placeOf = ({ tenant, id, epoch }: Pick<WrappingKeyEntity, 'tenant' | 'id' | 'epoch'>): SealedPlace => ({
  table: 'wrapping_keys',
  tenant,
  keyId: id,
  version: 0,
  column: 'sealed',
  epoch,
});

/** The private key of a row (PKCS#8, DER). The caller zeroes it. Errors: `sealed`, `integrity`. */
export const openWrappingKey = (barrier: Barrier, row: WrappingKeyEntity): Buffer =>
  barrier.open(placeOf(row), row.sealed);

/** The public half of a wrapping key, as it is handed out. */
export interface IssuedWrappingKey {
  id: string;
  publicKey: string;
  expiresAt: Date;
}

/** RSA keys under which others bring material in: of one tenant, for one attempt on any replica, sealed until then. */
@Injectable()
export class WrappingKeys {
  constructor(
    private readonly store: WrappingKeyStore,
    private readonly barrier: Barrier,
    private readonly epochs: BarrierEpochs,
    private readonly pool: KeyPool,
  ) {}

  /** Errors: `sealed`, `quota_exceeded`. */
  async issue(tenant: string): Promise<IssuedWrappingKey> {
    this.barrier.requireUnlocked();
    const privateKey = await this.pool.take(DEFAULT_RSA_BITS);
    try {
      const row = { id: uuidv7(), tenant, epoch: this.barrier.contentEpoch };
      const expiresAt = new Date(Date.now() + WRAPPING_KEY_LIFE_MS);
      const sealed = this.barrier.seal(placeOf(row), privateKey);
      if (!(await this.store.insert({ ...row, sealed, expiresAt }, WRAPPING_KEYS_WAITING))) {
        throw new KmsError('quota_exceeded', { detail: `${WRAPPING_KEYS_WAITING} wrapping keys wait to be used.` });
      }
      return { id: row.id, publicKey: wrappingPublicPem(privateKey), expiresAt };
    } finally {
      privateKey.fill(0);
    }
  }

  /**
   * The private key (PKCS#8, DER), which nobody gets again: who tries out ciphertexts has one try with each. The caller zeroes it. Errors:
   * `wrapping_key_not_found`, `sealed`, `integrity`.
   */
  async claim(tenant: string, id: string): Promise<Buffer> {
    this.barrier.requireUnlocked();
    const row = await this.store.claim(tenant, id);
    if (!row) throw new KmsError('wrapping_key_not_found', { field: 'wrapping_key_id' });
    await this.epochs.ensure([row]);
    return openWrappingKey(this.barrier, row);
  }
}
