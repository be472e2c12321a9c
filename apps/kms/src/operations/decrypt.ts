import { DecryptFailed, base64url, decryptJwe } from '@cryptoutil/crypto';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { UsableKey } from '../access/key-access.js';
import type { KeySource, Now } from '../access/key-source.js';
import { KmsError } from '../errors/kms-error.js';
import { foreignVersion } from './foreign-version.js';
import { messageKid } from './message-kid.js';
import type { Operation } from './operation.js';
import type { decryptAnswer, decryptBody } from './operations.schema.js';

type Body = z.output<typeof decryptBody>;
interface Open {
  kid: string;
  key: UsableKey;
}

/** Decrypts a compact JWE with the version that it names. */
@Injectable()
export class Decrypt implements Operation<Body, z.input<typeof decryptAnswer>, Open> {
  prepare(keys: KeySource): Now<UsableKey> {
    // An empty kid names no version: what is asked is whether the key may be used at all.
    return keys.open('decrypt', '');
  }

  async open(keys: KeySource, { jwe, kid }: Pick<Body, 'jwe' | 'kid'>): Promise<Open> {
    // A message without a readable kid still goes through every check of the key: it must not tell who may not use it.
    const key =
      kid === undefined ? await keys.open('decrypt', messageKid(jwe)) : await foreignVersion(keys, 'decrypt', kid);
    return { kid: key.version.kid, key };
  }

  async perform({ key }: Open, body: Body): Promise<z.input<typeof decryptAnswer>> {
    const plaintext = await this.unseal(key, body.jwe, body.context, body.kid);
    const answer = { plaintext: base64url.encode(plaintext) };
    plaintext.fill(0);
    return answer;
  }

  /** Whatever is wrong with the message, its version or its context: `decrypt_failed` and nothing more. The caller zeroes the plaintext. */
  async unseal(
    { version, known }: UsableKey,
    jwe: string,
    context: string | undefined,
    named?: string,
  ): Promise<Buffer> {
    try {
      const plaintext = await decryptJwe(version.material, jwe, {
        // A message from elsewhere names its key as they do there, or not at all.
        ...(known && named === undefined ? { kid: version.kid } : {}),
        ...(context === undefined ? {} : { context }),
      });
      // A version that is not the message's must not open it, and it took as long to find that out.
      if (known) return plaintext;
      plaintext.fill(0);
    } catch (error) {
      if (!(error instanceof DecryptFailed)) throw error;
    }
    throw new KmsError('decrypt_failed');
  }
}
