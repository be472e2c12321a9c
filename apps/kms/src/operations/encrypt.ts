import { encryptJwe } from '@cryptoutil/crypto';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { KeySource } from '../access/key-source.js';
import type { UsableKey } from '../access/key-access.js';
import { MessageCounter } from '../elastic-keys/message-counter.js';
import { decodeField } from './base64url-field.js';
import type { Operation } from './operation.js';
import type { encryptAnswer, encryptBody } from './operations.schema.js';

type Body = z.output<typeof encryptBody>;
interface Open {
  kid: string;
  key: UsableKey;
}

/** Encrypts with the current version into a compact JWE. */
@Injectable()
export class Encrypt implements Operation<Body, z.input<typeof encryptAnswer>, Open> {
  constructor(private readonly counter: MessageCounter) {}

  prepare(keys: KeySource): Promise<UsableKey> {
    return keys.open('encrypt');
  }

  async open(keys: KeySource): Promise<Open> {
    const key = await keys.open('encrypt');
    return { kid: key.version.kid, key };
  }

  async perform({ key }: Open, body: Body): Promise<z.input<typeof encryptAnswer>> {
    const plaintext = decodeField('plaintext', body.plaintext);
    try {
      return { jwe: await this.seal(key, plaintext, body.context) };
    } finally {
      plaintext.fill(0);
    }
  }

  /** A compact JWE, counted where messages of the version are. Errors: `message_limit`. */
  async seal({ algorithm, version }: UsableKey, plaintext: Buffer, context: string | undefined): Promise<string> {
    const limit = algorithm.kind === 'jwe' ? algorithm.messageLimit : undefined;
    if (limit !== undefined) await this.counter.take(version.kid, limit);
    return encryptJwe(version.material, plaintext, { kid: version.kid, ...(context === undefined ? {} : { context }) });
  }
}
