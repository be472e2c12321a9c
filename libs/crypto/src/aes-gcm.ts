import { createCipheriv, createDecipheriv, KeyObject, randomBytes } from 'node:crypto';
import { DecryptFailed } from './errors.js';
import { Secret } from './secret.js';

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** A 256-bit AES key in any of the forms in which it may be held. */
export type Aes256Key = Uint8Array | KeyObject | Secret;

/**
 * Seals with AES-256-GCM (SP 800-38D): 12 bytes random IV, ciphertext, 16 bytes tag. `aad` (bytes or UTF-8 text) is bound, not stored.
 * With random IVs one key must not seal more than 2^32 messages; counting them is the caller's duty.
 */
export function sealAes256Gcm(key: Aes256Key, plaintext: Uint8Array, aad: string | Uint8Array): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(ALGORITHM, usable(key), iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(bytes(aad));
  return Buffer.concat([iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

/**
 * Opens what `sealAes256Gcm` made. Throws `DecryptFailed` whatever the cause (short input, other key, other `aad`, flipped bit);
 * no plaintext is released before the tag was checked.
 */
export function openAes256Gcm(key: Aes256Key, sealed: Uint8Array, aad: string | Uint8Array): Buffer {
  const usableKey = usable(key);
  if (sealed.byteLength < IV_BYTES + TAG_BYTES) throw new DecryptFailed();
  const decipher = createDecipheriv(ALGORITHM, usableKey, sealed.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(bytes(aad));
  decipher.setAuthTag(sealed.subarray(sealed.byteLength - TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(IV_BYTES, sealed.byteLength - TAG_BYTES)), decipher.final()]);
  } catch {
    throw new DecryptFailed();
  }
}

const bytes = (value: string | Uint8Array) => (typeof value === 'string' ? Buffer.from(value, 'utf8') : value);

// A key of the wrong size is a mistake of the program, not of the message: it is not disguised as a failed decryption.
function usable(key: Aes256Key): Uint8Array | KeyObject {
  const raw = key instanceof Secret ? key.bytes() : key;
  const size = raw instanceof KeyObject ? raw.symmetricKeySize : raw.byteLength;
  if (size !== KEY_BYTES) throw new RangeError('AES-256-GCM needs a secret key of 32 bytes.');
  return raw;
}
