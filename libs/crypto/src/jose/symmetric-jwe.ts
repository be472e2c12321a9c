import { createCipheriv, createDecipheriv, type CipherGCMTypes, type KeyObject } from 'node:crypto';
import { freshBytes } from './fresh-bytes.js';
import { WrappedKeySupply } from './wrapped-key-supply.js';
import { DecryptFailed } from '../errors.js';
import type { JweAlgorithm } from './algorithm.js';
import { contentKeyBytes } from './algorithms.js';

const IV_BYTES = 12;
const TAG_BYTES = 16;
/** RFC 3394 §2.2.3.1. */
const KEY_WRAP_IV = Buffer.from('a6a6a6a6a6a6a6a6', 'hex');
const KEY_WRAP_OVERHEAD = 8;

/** The binary parts of a JWE between its header and its end (RFC 7516 §7.1). */
export interface JweParts {
  encryptedKey: Buffer;
  iv: Buffer;
  ciphertext: Buffer;
  tag: Buffer;
}

/** A content key for one message, how it travels, and header members that key wrapping adds (RFC 7518 §4.7.1). */
export interface ContentKey {
  key: KeyObject | Buffer;
  /** As base64url. */
  encryptedKey: string;
  header: { iv?: string; tag?: string };
}

/** Direct encryption, AES key wrap and AES-GCM key wrap with GCM content: the frequent case, done at once with node:crypto. */
export function isSymmetricGcm({ keyType, enc }: JweAlgorithm): boolean {
  return keyType === 'oct' && enc.endsWith('GCM');
}

/** Makes and wraps the content key of a new message; for `dir` it is the key itself. */
export function newContentKey({ alg, enc }: JweAlgorithm, secretKey: KeyObject): ContentKey {
  if (alg === 'dir') return { key: secretKey, encryptedKey: '', header: {} };
  if (alg.endsWith('GCMKW')) {
    const key = freshBytes(contentKeyBytes(enc));
    const { iv, ciphertext, tag } = gcmSeal(secretKey, key, Buffer.alloc(0));
    const encryptedKey = ciphertext.toString('base64url');
    return { key, encryptedKey, header: { iv: iv.toString('base64url'), tag: tag.toString('base64url') } };
  }
  const { key, encryptedKey } = wrappedKeys(secretKey).take(contentKeyBytes(enc));
  return { key, encryptedKey, header: {} };
}

/** Unwraps the content key of a message. Throws for anything that does not have exactly the right length. */
export function openContentKey(
  { alg, enc }: JweAlgorithm,
  secretKey: KeyObject,
  encryptedKey: Buffer,
  header: { iv: Buffer; tag: Buffer } | undefined,
): KeyObject | Buffer {
  if (alg === 'dir') return lengthChecked(encryptedKey, 0) && secretKey;
  const length = contentKeyBytes(enc);
  if (alg.endsWith('GCMKW')) {
    if (!header) throw new DecryptFailed();
    return gcmOpen(secretKey, { ...header, ciphertext: lengthChecked(encryptedKey, length) }, Buffer.alloc(0));
  }
  // Node unwraps an empty input to an empty key without complaint: the length is what is checked first.
  lengthChecked(encryptedKey, length + KEY_WRAP_OVERHEAD);
  const decipher = createDecipheriv(keyWrapCipher(secretKey), secretKey, KEY_WRAP_IV);
  return lengthChecked(Buffer.concat([decipher.update(encryptedKey), decipher.final()]), length);
}

/** AES-GCM with a fresh random IV; the key's length decides the variant. */
export function gcmSeal(key: KeyObject | Buffer, plaintext: Uint8Array, aad: Buffer): Omit<JweParts, 'encryptedKey'> {
  const iv = freshBytes(IV_BYTES);
  const cipher = createCipheriv(gcmCipher(key), key, iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(aad);
  // A stream mode gives out as many bytes as it takes in; `final` only makes the tag.
  const ciphertext = cipher.update(plaintext);
  cipher.final();
  return { iv, ciphertext, tag: cipher.getAuthTag() };
}

/** Opens AES-GCM; IV and tag must have their full length (RFC 7518 §5.3). Throws for every cause. */
export function gcmOpen(
  key: KeyObject | Buffer,
  { iv, ciphertext, tag }: Omit<JweParts, 'encryptedKey'>,
  aad: Buffer,
): Buffer {
  const decipher = createDecipheriv(gcmCipher(key), key, lengthChecked(iv, IV_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(aad);
  decipher.setAuthTag(lengthChecked(tag, TAG_BYTES));
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]);
}

/** Of each key, as long as somebody holds it. */
const supplies = new WeakMap<KeyObject, WrappedKeySupply>();

function wrappedKeys(secretKey: KeyObject): WrappedKeySupply {
  const known = supplies.get(secretKey);
  if (known) return known;
  const supply = new WrappedKeySupply(secretKey);
  supplies.set(secretKey, supply);
  return supply;
}

function lengthChecked(bytes: Buffer, length: number): Buffer {
  if (bytes.length !== length) throw new DecryptFailed();
  return bytes;
}

const keyBits = (key: KeyObject | Buffer) => (Buffer.isBuffer(key) ? key.length : key.symmetricKeySize!) * 8;
const gcmCipher = (key: KeyObject | Buffer) => `aes-${keyBits(key)}-gcm` as CipherGCMTypes;
const keyWrapCipher = (key: KeyObject) => `aes${keyBits(key)}-wrap`;
