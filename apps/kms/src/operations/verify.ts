import { JwtInvalid, base64url, verifyBytes, verifyJws } from '@cryptoutil/crypto';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { UsableKey } from '../access/key-access.js';
import type { KeySource, Now } from '../access/key-source.js';
import { decodeField } from './base64url-field.js';
import { foreignVersion } from './foreign-version.js';
import { messageKid } from './message-kid.js';
import { namedVersion } from './named-version.js';
import type { Operation } from './operation.js';
import type { verifyAnswer, verifyBody } from './operations.schema.js';

type Body = z.output<typeof verifyBody>;
interface Open {
  kid: string;
  key: UsableKey;
}

/** Verifies a compact JWS with the version that it names, or a raw signature with the one that is said, by that key's algorithm. */
@Injectable()
export class Verify implements Operation<Body, z.input<typeof verifyAnswer>, Open> {
  prepare(keys: KeySource): Now<UsableKey> {
    return keys.open('verify', '');
  }

  async open(keys: KeySource, { jws, kid }: Body): Promise<Open> {
    if (jws === undefined) return namedVersion(keys, 'verify', kid);
    const key =
      kid === undefined ? await keys.open('verify', messageKid(jws)) : await foreignVersion(keys, 'verify', kid);
    return { kid: key.version.kid, key };
  }

  /** `valid: false` whatever is wrong with the message; the payload is given back only when valid. */
  async perform({ key }: Open, body: Body): Promise<z.input<typeof verifyAnswer>> {
    const { material } = key.version;
    if (body.jws === undefined) {
      const input = decodeField('signing_input', body.signing_input ?? '');
      return { valid: await verifyBytes(material, input, decodeField('signature', body.signature ?? '')) };
    }
    try {
      const { payload } = await verifyJws(material, body.jws);
      return key.known ? { valid: true, payload: base64url.encode(payload) } : { valid: false };
    } catch (error) {
      if (error instanceof JwtInvalid) return { valid: false };
      throw error;
    }
  }
}
