import {
  constants,
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  publicEncrypt,
  randomBytes,
  webcrypto,
} from 'node:crypto';
import { KeyMaterialInvalid } from './jose/material.js';

const KEK_BYTES = 32;
/** RFC 5649 §3. */
const KWP_IV = Buffer.from('a65959a6', 'hex');
const OAEP = { name: 'RSA-OAEP', hash: 'SHA-256' } as const;

/** Material on its way: an AES-256 key encrypted with RSA-OAEP-256, and the material wrapped with that key by AES-KWP (RFC 5649). */
export interface WrappedMaterial {
  encryptedKey: Buffer;
  wrappedMaterial: Buffer;
}

/** The public half of a wrapping key (PKCS#8, DER) as PEM, for `openssl` and others. */
export function wrappingPublicPem(privateKey: Uint8Array): string {
  const key = createPrivateKey({ key: Buffer.from(privateKey), format: 'der', type: 'pkcs8' });
  return createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString();
}

/** Wraps material for its way, as somebody who brings a key in does. `publicKey` is PEM. */
export function wrapMaterial(publicKey: string, material: Uint8Array): WrappedMaterial {
  const kek = randomBytes(KEK_BYTES);
  try {
    const cipher = createCipheriv('id-aes256-wrap-pad', kek, KWP_IV);
    const wrappedMaterial = Buffer.concat([cipher.update(material), cipher.final()]);
    const padding = constants.RSA_PKCS1_OAEP_PADDING;
    return { encryptedKey: publicEncrypt({ key: publicKey, padding, oaepHash: 'sha256' }, kek), wrappedMaterial };
  } finally {
    kek.fill(0);
  }
}

/**
 * Unwraps the AES key with the wrapping key (PKCS#8, DER), off the event loop. Throws `KeyMaterialInvalid`. The caller zeroes it.
 */
export async function openEncryptedKey(privateKey: Uint8Array, encryptedKey: Uint8Array): Promise<Buffer> {
  const key = await webcrypto.subtle.importKey('pkcs8', own(privateKey), OAEP, false, ['decrypt']);
  const kek = await webcrypto.subtle
    .decrypt(OAEP, key, own(encryptedKey))
    .then((bytes) => Buffer.from(bytes))
    .catch(() => undefined);
  if (kek?.length === KEK_BYTES) return kek;
  kek?.fill(0);
  throw new KeyMaterialInvalid('It is no AES-256 key, encrypted with RSA-OAEP (SHA-256) for this wrapping key.');
}

/** The Web Crypto API takes no shared memory; none of ours is. */
const own = (bytes: Uint8Array) => bytes as Uint8Array<ArrayBuffer>;

/** Unwraps material with AES-KWP (RFC 5649). Throws `KeyMaterialInvalid`. The caller zeroes it. */
export function openWrappedMaterial(kek: Uint8Array, wrappedMaterial: Uint8Array): Buffer {
  try {
    // Node unwraps nothing to nothing without complaint.
    if (wrappedMaterial.byteLength < 16 || wrappedMaterial.byteLength % 8 !== 0) throw new RangeError();
    const decipher = createDecipheriv('id-aes256-wrap-pad', kek, KWP_IV);
    return Buffer.concat([decipher.update(wrappedMaterial), decipher.final()]);
  } catch {
    throw new KeyMaterialInvalid('It was not wrapped with AES-KWP (RFC 5649) under the encrypted key.');
  }
}
