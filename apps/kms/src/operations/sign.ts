import { base64url, signBytes, signJws } from '@cryptoutil/crypto';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { UsableKey } from '../access/key-access.js';
import type { KeySource } from '../access/key-source.js';
import { decodeField } from './base64url-field.js';
import { namedVersion } from './named-version.js';
import type { Operation } from './operation.js';
import type { signAnswer, signBody } from './operations.schema.js';

type Body = z.output<typeof signBody>;
interface Open {
  kid: string;
  key: UsableKey;
}

/** Signs with the current version, or with the one that was asked for. */
@Injectable()
export class Sign implements Operation<Body, z.input<typeof signAnswer>, Open> {
  prepare(keys: KeySource, { kid }: Partial<Body>): Promise<Open> {
    return namedVersion(keys, 'sign', kid);
  }

  open(keys: KeySource, { kid }: Body): Promise<Open> {
    return namedVersion(keys, 'sign', kid);
  }

  async perform({ kid, key }: Open, { payload, signing_input }: Body): Promise<z.input<typeof signAnswer>> {
    const { material } = key.version;
    if (payload !== undefined) return { jws: await signJws(material, decodeField('payload', payload), { kid }), kid };
    const signature = await signBytes(material, decodeField('signing_input', signing_input ?? ''));
    return { signature: base64url.encode(signature), kid };
  }
}
