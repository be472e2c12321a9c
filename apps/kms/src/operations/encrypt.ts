import { sealJwe } from '@cryptoutil/crypto';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { type KeySource, type Now, next } from '../access/key-source.js';
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

  prepare(keys: KeySource): Now<UsableKey> {
    return keys.open('encrypt');
  }

  open(keys: KeySource): Now<Open> {
    return next(keys.open('encrypt'), (key) => ({ kid: key.version.kid, key }));
  }

  perform({ key }: Open, body: Body): Now<z.input<typeof encryptAnswer>> {
    const plaintext = decodeField('plaintext', body.plaintext);
    const sealed = this.seal(key, plaintext, body.context);
    if (typeof sealed !== 'string') return this.#later(sealed, plaintext);
    plaintext.fill(0);
    return { jwe: sealed };
  }

  /** A compact JWE, counted where messages of the version are. Errors: `message_limit`. */
  seal({ algorithm, version }: UsableKey, plaintext: Buffer, context: string | undefined): Now<string> {
    const limit = algorithm.kind === 'jwe' ? algorithm.messageLimit : undefined;
    const options = { kid: version.kid, ...(context === undefined ? {} : { context }) };
    if (limit === undefined) return sealJwe(version.material, plaintext, options);
    return this.counter.take(version.kid, limit).then(() => sealJwe(version.material, plaintext, options));
  }

  async #later(sealed: Promise<string>, plaintext: Buffer): Promise<z.input<typeof encryptAnswer>> {
    try {
      return { jwe: await sealed };
    } finally {
      plaintext.fill(0);
    }
  }
}
