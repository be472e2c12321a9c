import {
  type Algorithm,
  DEFAULT_RSA_BITS,
  type KeyMaterial,
  KeyMaterialInvalid,
  type RsaBits,
  importMaterial,
  openEncryptedKey,
  openWrappedMaterial,
  provePair,
  rsaBits,
  rsaBitsOf,
} from '@cryptoutil/crypto';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { materialOf } from '../elastic-keys/material-source.js';
import type { FreshMaterial } from '../elastic-keys/new-version.js';
import { decodeField } from '../operations/base64url-field.js';
import { KmsError } from '../errors/kms-error.js';
import type { wrappedImport } from './import.schema.js';
import { WrappingKeys } from './wrapping-keys.js';

/** Material that was brought in. */
export interface ImportedMaterial {
  material: FreshMaterial;
  /** Of RSA keys. */
  bits: RsaBits | null;
}

/** Unwraps what somebody brings in and proves that it is a key of the algorithm. */
@Injectable()
export class OpenImport {
  constructor(private readonly keys: WrappingKeys) {}

  /**
   * `bits`: what an RSA key must have; undefined: any size that is offered. Whatever the outcome, the wrapping key is used up. The caller zeroes
   * the bytes. Errors: `wrapping_key_not_found`, and `invalid_request` that names the member.
   */
  async execute(
    tenant: string,
    algorithm: Algorithm,
    wrapped: z.output<typeof wrappedImport>,
    bits: RsaBits | null | undefined,
  ): Promise<ImportedMaterial> {
    const encryptedKey = decodeField('encrypted_key', wrapped.encrypted_key);
    const wrappedMaterial = decodeField('wrapped_material', wrapped.wrapped_material);
    const privateKey = await this.keys.claim(tenant, wrapped.wrapping_key_id);
    let kek: Buffer | undefined;
    try {
      kek = await named('encrypted_key', openEncryptedKey(privateKey, encryptedKey));
      const opened = kek;
      return await named('wrapped_material', open(algorithm, opened, wrappedMaterial, bits));
    } finally {
      privateKey.fill(0);
      kek?.fill(0);
    }
  }
}

async function open(
  algorithm: Algorithm,
  kek: Buffer,
  wrappedMaterial: Buffer,
  wanted: RsaBits | null | undefined,
): Promise<ImportedMaterial> {
  const bytes = openWrappedMaterial(kek, wrappedMaterial);
  try {
    const key = importMaterial(algorithm, bytes);
    const bits = checkedBits(key, wanted);
    await provePair(key);
    return { material: materialOf(key, bytes, 'imported'), bits };
  } catch (error) {
    bytes.fill(0);
    throw error;
  }
}

function checkedBits(key: KeyMaterial, wanted: RsaBits | null | undefined): RsaBits | null {
  const length = rsaBitsOf(key);
  if (length === undefined) return null;
  const allowed: readonly number[] = wanted === undefined ? rsaBits : [wanted ?? DEFAULT_RSA_BITS];
  if (!allowed.includes(length)) {
    throw new KeyMaterialInvalid(`It is an RSA key of ${length} bit; the key takes ${allowed.join(', ')}.`);
  }
  return length as RsaBits;
}

async function named<T>(field: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof KeyMaterialInvalid)) throw error;
    throw new KmsError('invalid_request', { field, detail: `${field}: ${error.message}` }, { cause: error });
  }
}
