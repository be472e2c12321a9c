import { base64url, generateJwk, randomBytes } from '@cryptoutil/crypto';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { UsableKey } from '../access/key-access.js';
import type { KeySource, Now } from '../access/key-source.js';
import { Encrypt } from './encrypt.js';
import type { Operation } from './operation.js';
import type { dataKeyAnswer, dataKeyBody, generateAnswer, generateBody } from './operations.schema.js';

interface Open {
  kid: string;
  key: UsableKey;
}

/** Makes a symmetric key for use elsewhere, plain and encrypted under the current version. */
@Injectable()
export class DataKey implements Operation<z.output<typeof dataKeyBody>, z.input<typeof dataKeyAnswer>, Open> {
  constructor(private readonly encrypt: Encrypt) {}

  prepare(keys: KeySource): Now<UsableKey> {
    return this.encrypt.prepare(keys);
  }

  open(keys: KeySource): Now<Open> {
    return this.encrypt.open(keys);
  }

  async perform({ key }: Open, body: z.output<typeof dataKeyBody>): Promise<z.input<typeof dataKeyAnswer>> {
    const bytes = randomBytes(body.bytes);
    try {
      const jwe = await this.encrypt.seal(key, bytes, body.context);
      return body.with_plaintext ? { plaintext: base64url.encode(bytes), jwe } : { jwe };
    } finally {
      bytes.fill(0);
    }
  }
}

/** Makes a key of some kind for use elsewhere: its private half only encrypted under the current version. */
@Injectable()
export class Generate implements Operation<z.output<typeof generateBody>, z.input<typeof generateAnswer>, Open> {
  constructor(private readonly encrypt: Encrypt) {}

  prepare(keys: KeySource): Now<UsableKey> {
    return this.encrypt.prepare(keys);
  }

  open(keys: KeySource): Now<Open> {
    return this.encrypt.open(keys);
  }

  async perform({ key }: Open, body: z.output<typeof generateBody>): Promise<z.input<typeof generateAnswer>> {
    const { privateJwk, publicJwk } = await generateJwk(body.kind);
    const bytes = Buffer.from(JSON.stringify(privateJwk));
    try {
      const jwe = await this.encrypt.seal(key, bytes, body.context);
      return publicJwk === undefined ? { jwe } : { jwe, public_jwk: publicJwk as { kty: string } };
    } finally {
      bytes.fill(0);
    }
  }
}
