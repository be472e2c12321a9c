import { createHash, createHmac, createSecretKey, hash, hkdfSync, timingSafeEqual, type KeyObject } from 'node:crypto';
import { Secret } from './secret.js';

/** SHA-256 (FIPS 180-4) of bytes, or of text as UTF-8. */
export function sha256(data: string | Uint8Array): Buffer {
  return hash('sha256', data, 'buffer');
}

/** The same as base64url without padding, 43 characters. */
export function sha256Text(data: string | Uint8Array): string {
  return hash('sha256', data, 'base64url');
}

/** SHA-256 of data that comes in parts. */
export interface Sha256Stream {
  update(part: Uint8Array): void;
  /** The hash of all parts; call it once. */
  digest(): Buffer;
}

/** Begins a SHA-256 of data that does not fit into memory. */
export function sha256Stream(): Sha256Stream {
  const running = createHash('sha256');
  return { update: (part) => void running.update(part), digest: () => running.digest() };
}

/** A key made ready for many HMACs: cheaper than its bytes each time. It holds a copy of them. */
export type HmacKey = KeyObject;

/** Makes a key ready for many HMACs. */
export function hmacKey(bytes: Uint8Array): HmacKey {
  return createSecretKey(bytes);
}

/** HMAC-SHA-256 (RFC 2104) of bytes, or of text as UTF-8. */
export function hmacSha256(key: Secret | Uint8Array | HmacKey, data: string | Uint8Array): Buffer {
  return createHmac('sha256', hmacInput(key)).update(data).digest();
}

const MAC_CHARACTERS = 43;
/** Filled and compared within one call, which nothing interrupts. */
const [expectedText, givenText] = [Buffer.alloc(MAC_CHARACTERS), Buffer.alloc(MAC_CHARACTERS)];

/**
 * Whether `mac`, as base64url text (43 characters), is the HMAC-SHA-256 of the data, in a time that does not tell where it differs.
 * Only the canonical spelling matches, because the text is compared and not what it decodes to.
 */
export function hmacSha256Matches(key: Secret | Uint8Array | HmacKey, data: string | Uint8Array, mac: string): boolean {
  if (mac.length !== MAC_CHARACTERS) return false;
  const expected = createHmac('sha256', hmacInput(key)).update(data).digest('base64url');
  expectedText.write(expected, 'latin1');
  givenText.write(mac, 'latin1');
  // `latin1` drops the upper byte of a character, so the texts are compared as well; by then nothing is left to be learnt from time.
  return timingSafeEqual(givenText, expectedText) && mac === expected;
}

/**
 * The form in which tokens, codes and random client secrets are stored: base64url HMAC-SHA-256 over namespace and value.
 * Both are length-prefixed, so no value of one namespace can collide with a value of another.
 */
export function keyedHash(key: Secret, namespace: string, value: string): string {
  const mac = createHmac('sha256', key.bytes());
  for (const part of [namespace, value]) {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(Buffer.byteLength(part, 'utf8'));
    mac.update(length).update(part, 'utf8');
  }
  return mac.digest('base64url');
}

/** What HKDF needs besides the key: `salt` and `info` as bytes or UTF-8 text, `length` of the output in bytes. */
export interface HkdfOptions {
  salt: string | Uint8Array;
  info: string | Uint8Array;
  length: number;
}

/** HKDF with SHA-256 (RFC 5869). Output length at most 8160 bytes. */
export function hkdfSha256(key: Secret | Uint8Array, { salt, info, length }: HkdfOptions): Buffer {
  return Buffer.from(hkdfSync('sha256', keyBytes(key), salt, info, length));
}

function hmacInput(key: Secret | Uint8Array | HmacKey): Uint8Array | HmacKey {
  return key instanceof Secret ? key.bytes() : key;
}

function keyBytes(key: Secret | Uint8Array): Uint8Array {
  return key instanceof Secret ? key.bytes() : key;
}
