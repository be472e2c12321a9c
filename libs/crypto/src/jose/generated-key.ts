import { createSecretKey, generateKeyPair, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { JsonWebKey } from './json-web-key.js';
import type { KeyMaterial } from './material.js';

type Generate = () => Promise<{ privateKey: KeyObject; publicKey?: KeyObject }>;

const generatePair = promisify(generateKeyPair) as (
  type: string,
  options?: object,
) => Promise<{ privateKey: KeyObject; publicKey: KeyObject }>;
const pair = (type: string, options?: object) => () => generatePair(type, options);
const secret = (bits: number) => () => {
  const bytes = randomBytes(bits / 8);
  const privateKey = createSecretKey(bytes);
  bytes.fill(0);
  return Promise.resolve({ privateKey });
};

/** Kinds of keys that are made for use elsewhere. */
const kinds = {
  'RSA-2048': pair('rsa', { modulusLength: 2048 }),
  'RSA-3072': pair('rsa', { modulusLength: 3072 }),
  'RSA-4096': pair('rsa', { modulusLength: 4096 }),
  'P-256': pair('ec', { namedCurve: 'prime256v1' }),
  'P-384': pair('ec', { namedCurve: 'secp384r1' }),
  'P-521': pair('ec', { namedCurve: 'secp521r1' }),
  Ed25519: pair('ed25519'),
  X25519: pair('x25519'),
  'oct-128': secret(128),
  'oct-192': secret(192),
  'oct-256': secret(256),
  'oct-384': secret(384),
  'oct-512': secret(512),
  'ML-DSA-44': pair('ml-dsa-44'),
  'ML-DSA-65': pair('ml-dsa-65'),
  'ML-DSA-87': pair('ml-dsa-87'),
  'ML-KEM-512': pair('ml-kem-512'),
  'ML-KEM-768': pair('ml-kem-768'),
  'ML-KEM-1024': pair('ml-kem-1024'),
} satisfies Record<string, Generate>;

/** Name of a kind of key that `generateJwk` makes. */
export type GeneratedKeyKind = keyof typeof kinds;

/** All of them. */
export const generatedKeyKinds = Object.keys(kinds) as [GeneratedKeyKind, ...GeneratedKeyKind[]];

/** A new key as JWK (RFC 7517), made off the event loop; `publicJwk` is absent for symmetric kinds. */
export async function generateJwk(
  kind: GeneratedKeyKind,
): Promise<{ privateJwk: JsonWebKey; publicJwk: JsonWebKey | undefined }> {
  const { privateKey, publicKey } = await (kinds[kind] as Generate)();
  return {
    privateJwk: privateKey.export({ format: 'jwk' }) as JsonWebKey,
    publicJwk: publicKey?.export({ format: 'jwk' }) as JsonWebKey | undefined,
  };
}

/**
 * Bytes derived from a symmetric key by HKDF-SHA-256 (RFC 5869), at most 8160. The key goes in as input keying material, never as the key
 * of a MAC over chosen data, so that what the same key signs says nothing about what is derived from it. Throws `TypeError` for key pairs.
 */
export function deriveBytes(
  { secretKey, algorithm }: KeyMaterial,
  { salt, info, length }: { salt: Uint8Array; info: Uint8Array; length: number },
): Buffer {
  if (!secretKey) throw new TypeError(`A key for ${algorithm.name} derives nothing.`);
  return Buffer.from(hkdfSync('sha256', secretKey, salt, info, length));
}
