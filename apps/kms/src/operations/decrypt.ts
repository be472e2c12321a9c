import { DecryptFailed, decryptJwe } from '@cryptoutil/crypto';
import { Injectable } from '@nestjs/common';
import type { Caller } from '../access/caller.js';
import { KeyAccess } from '../access/key-access.js';
import { KmsError } from '../errors/kms-error.js';
import { messageKid } from './message-kid.js';

/** Decrypts a compact JWE with the version that it names. */
@Injectable()
export class Decrypt {
  constructor(private readonly keys: KeyAccess) {}

  /** Whatever is wrong with the message, its version or its context: `decrypt_failed` and nothing more. The caller zeroes the plaintext. */
  async execute(caller: Caller, id: string, body: { jwe: string; context?: string | undefined }): Promise<Buffer> {
    // A message without a readable kid still goes through every check of the key: it must not tell who may not use it.
    const key = await this.keys.open(caller, 'decrypt', id, messageKid(body.jwe));
    if (!key) throw new KmsError('decrypt_failed');
    try {
      return await decryptJwe(key.version.material, body.jwe, { kid: key.version.kid, context: body.context });
    } catch (error) {
      if (error instanceof DecryptFailed) throw new KmsError('decrypt_failed');
      throw error;
    }
  }
}
