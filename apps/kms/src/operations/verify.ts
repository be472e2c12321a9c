import { JwtInvalid, base64url, verifyJws } from '@cryptoutil/crypto';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { Caller } from '../access/caller.js';
import { KeyAccess } from '../access/key-access.js';
import { messageKid } from './message-kid.js';
import type { verifyAnswer } from './operations.schema.js';

/** Verifies a compact JWS with the version that it names and with that key's algorithm. */
@Injectable()
export class Verify {
  constructor(private readonly keys: KeyAccess) {}

  /** `valid: false` whatever is wrong with the message; the payload is given back only when valid. */
  async execute(caller: Caller, id: string, { jws }: { jws: string }): Promise<z.input<typeof verifyAnswer>> {
    const key = await this.keys.open(caller, 'verify', id, messageKid(jws));
    if (!key) return { valid: false };
    try {
      const { payload } = await verifyJws(key.version.material, jws);
      return { valid: true, payload: base64url.encode(payload) };
    } catch (error) {
      if (error instanceof JwtInvalid) return { valid: false };
      throw error;
    }
  }
}
