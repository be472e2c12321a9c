import { base64url, deriveBytes, signBytes, verifyBytes } from '@cryptoutil/crypto';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { UsableKey } from '../access/key-access.js';
import type { KeySource, Now } from '../access/key-source.js';
import { decodeField } from './base64url-field.js';
import { namedVersion } from './named-version.js';
import type { Operation } from './operation.js';
import type {
  deriveAnswer,
  deriveBody,
  macAnswer,
  macBody,
  macVerifyAnswer,
  macVerifyBody,
} from './operations.schema.js';

interface Open {
  kid: string;
  key: UsableKey;
}

/** HMAC over bytes (RFC 2104), without any JOSE form. */
@Injectable()
export class Mac implements Operation<z.output<typeof macBody>, z.input<typeof macAnswer>, Open> {
  prepare(keys: KeySource, { kid }: Partial<z.output<typeof macBody>>): Promise<Open> {
    return namedVersion(keys, 'mac', kid);
  }

  open(keys: KeySource, { kid }: z.output<typeof macBody>): Promise<Open> {
    return namedVersion(keys, 'mac', kid);
  }

  async perform({ kid, key }: Open, { data }: z.output<typeof macBody>): Promise<z.input<typeof macAnswer>> {
    return { mac: base64url.encode(await signBytes(key.version.material, decodeField('data', data))), kid };
  }
}

/** Compares an HMAC in constant time, with the version that made it. */
@Injectable()
export class MacVerify implements Operation<z.output<typeof macVerifyBody>, z.input<typeof macVerifyAnswer>, Open> {
  prepare(keys: KeySource): Now<UsableKey> {
    return keys.open('mac-verify', '');
  }

  async open(keys: KeySource, { kid }: z.output<typeof macVerifyBody>): Promise<Open> {
    const key = await keys.open('mac-verify', kid);
    return { kid: key.version.kid, key };
  }

  async perform({ key }: Open, body: z.output<typeof macVerifyBody>): Promise<z.input<typeof macVerifyAnswer>> {
    const data = decodeField('data', body.data);
    const valid = await verifyBytes(key.version.material, data, decodeField('mac', body.mac));
    return { valid: valid && key.known };
  }
}

/** Derives bytes by HKDF-SHA-256 (RFC 5869); the same version, salt and info give the same bytes. */
@Injectable()
export class Derive implements Operation<z.output<typeof deriveBody>, z.input<typeof deriveAnswer>, Open> {
  prepare(keys: KeySource, { kid }: Partial<z.output<typeof deriveBody>>): Promise<Open> {
    return namedVersion(keys, 'derive', kid);
  }

  open(keys: KeySource, { kid }: z.output<typeof deriveBody>): Promise<Open> {
    return namedVersion(keys, 'derive', kid);
  }

  async perform({ kid, key }: Open, body: z.output<typeof deriveBody>): Promise<z.input<typeof deriveAnswer>> {
    const derived = deriveBytes(key.version.material, {
      salt: decodeField('salt', body.salt ?? ''),
      info: decodeField('info', body.info),
      length: body.bytes,
    });
    const answer = await Promise.resolve({ derived: base64url.encode(derived), kid });
    derived.fill(0);
    return answer;
  }
}
