import {
  type Algorithm,
  DEFAULT_RSA_BITS,
  type KeyMaterial,
  type RsaBits,
  generateMaterial,
  importMaterial,
  jwkThumbprint,
  publicJwk,
} from '@cryptoutil/crypto';
import { Injectable } from '@nestjs/common';
import { KeyPool } from '../key-pool/key-pool.js';
import type { MaterialOrigin } from './material-key.entity.js';
import type { FreshMaterial } from './new-version.js';

/** Where new material comes from. */
@Injectable()
export class MaterialSource {
  constructor(private readonly pool: KeyPool) {}

  /** Generates material, off the event loop; done before a transaction begins. The caller zeroes `bytes`. */
  async fresh(algorithm: Algorithm, keyBits: RsaBits | null): Promise<FreshMaterial> {
    const bytes = await this.generate(algorithm, keyBits);
    return materialOf(importMaterial(algorithm, bytes), bytes, 'generated');
  }

  generate(algorithm: Algorithm, keyBits: RsaBits | null): Promise<Buffer> {
    return algorithm.keyType === 'RSA' ? this.pool.take(keyBits ?? DEFAULT_RSA_BITS) : generateMaterial(algorithm);
  }
}

/** Material with what is published of it. */
export function materialOf(key: KeyMaterial, bytes: Buffer, origin: MaterialOrigin): FreshMaterial {
  if (key.algorithm.keyType === 'oct') return { bytes, publicJwk: null, thumbprint: null, origin };
  const jwk = publicJwk(key);
  return { bytes, publicJwk: jwk, thumbprint: jwkThumbprint(jwk), origin };
}
