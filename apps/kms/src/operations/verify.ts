import { JwtInvalid, base64url, verifyJws } from '@cryptoutil/crypto';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { UsableKey } from '../access/key-access.js';
import type { KeySource } from '../access/key-source.js';
import { messageKid } from './message-kid.js';
import type { Operation } from './operation.js';
import type { verifyAnswer, verifyBody } from './operations.schema.js';

type Body = z.output<typeof verifyBody>;
interface Open {
  kid: string;
  key: UsableKey;
}

/** Verifies a compact JWS with the version that it names and with that key's algorithm. */
@Injectable()
export class Verify implements Operation<Body, z.input<typeof verifyAnswer>, Open> {
  prepare(keys: KeySource): Promise<UsableKey> {
    return keys.open('verify', '');
  }

  async open(keys: KeySource, { jws }: Body): Promise<Open> {
    const key = await keys.open('verify', messageKid(jws));
    return { kid: key.version.kid, key };
  }

  /** `valid: false` whatever is wrong with the message; the payload is given back only when valid. */
  async perform({ key }: Open, { jws }: Body): Promise<z.input<typeof verifyAnswer>> {
    try {
      const { payload } = await verifyJws(key.version.material, jws);
      return key.known ? { valid: true, payload: base64url.encode(payload) } : { valid: false };
    } catch (error) {
      if (error instanceof JwtInvalid) return { valid: false };
      throw error;
    }
  }
}
