import { encryptJwe } from '@cryptoutil/crypto';
import { Injectable } from '@nestjs/common';
import type { Caller } from '../access/caller.js';
import { KeyAccess } from '../access/key-access.js';
import { MessageCounter } from '../elastic-keys/message-counter.js';
import { decodeField } from './base64url-field.js';

/** Encrypts with the current version into a compact JWE. */
@Injectable()
export class Encrypt {
  constructor(
    private readonly keys: KeyAccess,
    private readonly counter: MessageCounter,
  ) {}

  async execute(
    caller: Caller,
    id: string,
    body: { plaintext: string; context?: string | undefined },
  ): Promise<{ jwe: string }> {
    const { algorithm, version } = await this.keys.openCurrent(caller, 'encrypt', id);
    const plaintext = decodeField('plaintext', body.plaintext);
    try {
      const limit = algorithm.kind === 'jwe' ? algorithm.messageLimit : undefined;
      if (limit !== undefined) await this.counter.take(version.kid, limit);
      return { jwe: await encryptJwe(version.material, plaintext, { kid: version.kid, context: body.context }) };
    } finally {
      plaintext.fill(0);
    }
  }
}
