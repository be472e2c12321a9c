import { type Algorithm, generateMaterial, importMaterial, jwkThumbprint, publicJwk } from '@cryptoutil/crypto';
import { Injectable } from '@nestjs/common';
import type { FreshMaterial } from './new-version.js';

/** Where new material comes from. */
@Injectable()
export class MaterialSource {
  /** Generates material, off the event loop; done before a transaction begins. The caller zeroes `bytes`. */
  async fresh(algorithm: Algorithm): Promise<FreshMaterial> {
    const bytes = await this.generate(algorithm);
    if (algorithm.keyType === 'oct') return { bytes, publicJwk: null, thumbprint: null };
    const jwk = publicJwk(importMaterial(algorithm, bytes));
    return { bytes, publicJwk: jwk, thumbprint: jwkThumbprint(jwk) };
  }

  generate(algorithm: Algorithm): Promise<Buffer> {
    return generateMaterial(algorithm);
  }
}
