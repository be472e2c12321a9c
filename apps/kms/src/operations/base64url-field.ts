import { base64url } from '@cryptoutil/crypto';
import { z } from 'zod';
import { KmsError } from '../errors/kms-error.js';

/** Largest plaintext, payload or signing input in bytes. */
export const PAYLOAD_BYTES = 64 * 1024;

const ALPHABET = /^[A-Za-z0-9_-]*$/;
/** Longer text is decoded and encoded again in less time than it takes to match it. */
const LONG = 256;
const inAlphabet = (text: string): boolean =>
  (text.length > LONG && Buffer.from(text, 'base64url').toString('base64url') === text) || ALPHABET.test(text);

/** Bytes as base64url without padding (RFC 7515 §2); decoded by `decodeField`, which also refuses non-canonical spellings. */
export const base64urlField = z
  .string()
  .refine(inAlphabet, 'must be base64url without padding')
  .meta({ format: 'base64url', pattern: ALPHABET.source });

/** The bytes of a base64url member. Errors: `invalid_request`, `payload_too_large`. */
export const decodeField = (name: string, text: string): Buffer => {
  // Four characters carry three bytes: what is too long is refused before it is decoded.
  if (text.length > Math.ceil((PAYLOAD_BYTES * 4) / 3)) throw new KmsError('payload_too_large', { field: name });
  try {
    return base64url.decode(text);
  } catch {
    throw new KmsError('invalid_request', { field: name, detail: `${name} is not canonical base64url.` });
  }
};
