import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { UsableKey } from '../access/key-access.js';
import type { KeySource } from '../access/key-source.js';
import { Decrypt } from './decrypt.js';
import { Encrypt } from './encrypt.js';
import type { Operation } from './operation.js';
import type { rewrapAnswer, rewrapBody } from './operations.schema.js';

type Body = z.output<typeof rewrapBody>;
interface Open {
  kid: string;
  from: UsableKey;
  to: UsableKey;
}

/** Encrypts a message anew with the current version; the plaintext stays here. */
@Injectable()
export class Rewrap implements Operation<Body, z.input<typeof rewrapAnswer>, Open> {
  constructor(
    private readonly decrypt: Decrypt,
    private readonly encrypt: Encrypt,
  ) {}

  async prepare(keys: KeySource): Promise<void> {
    await this.decrypt.prepare(keys);
    await this.encrypt.prepare(keys);
  }

  async open(keys: KeySource, body: Body): Promise<Open> {
    const { key: from } = await this.decrypt.open(keys, body);
    const { key: to, kid } = await this.encrypt.open(keys);
    return { kid, from, to };
  }

  async perform({ from, to }: Open, body: Body): Promise<z.input<typeof rewrapAnswer>> {
    const plaintext = await this.decrypt.unseal(from, body.jwe, body.context);
    try {
      return { jwe: await this.encrypt.seal(to, plaintext, body.new_context ?? body.context) };
    } finally {
      plaintext.fill(0);
    }
  }
}
