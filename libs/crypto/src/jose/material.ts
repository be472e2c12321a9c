import { createPrivateKey, createPublicKey, createSecretKey, type KeyObject } from 'node:crypto';
import { base64url } from '../base64url.js';
import type { Algorithm, GenerateOptions } from './algorithm.js';
import { findAlgorithm } from './algorithms.js';
import type { JsonWebKey } from './json-web-key.js';

/** Shortest RSA modulus accepted (RFC 7518 §3.3). New keys are longer. */
const MIN_RSA_BITS = 2048;
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];
const PUBLIC_MEMBERS: Record<string, readonly string[]> = {
  RSA: ['n', 'e'],
  EC: ['x', 'y'],
  OKP: ['x'],
  AKP: ['pub'],
};

/** A key ready for use with its one algorithm. Hold on to it: the node:crypto objects inside are what makes later calls cheap. */
export interface KeyMaterial {
  readonly algorithm: Algorithm;
  /** Asymmetric keys: absent when only the public half is known. */
  readonly privateKey?: KeyObject;
  readonly publicKey?: KeyObject;
  /** Symmetric keys. */
  readonly secretKey?: KeyObject;
}

/** Thrown when bytes or a JWK are no key of the algorithm they are meant for. Says nothing about their content. */
export class KeyMaterialInvalid extends Error {
  override readonly name = 'KeyMaterialInvalid';
  readonly code = 'key_material_invalid';
}

/** Makes a new key: PKCS#8 (DER) for key pairs, raw bytes for symmetric keys. Throws `KeyMaterialInvalid` for an unknown algorithm name. */
export function generateMaterial(algorithm: Algorithm | string, options?: GenerateOptions): Promise<Buffer> {
  return row(algorithm).generate(options);
}

/**
 * Reads what `generateMaterial` makes (or a key from elsewhere in that form) and checks that it fits the algorithm: type, curve, and
 * length, RSA at least 2048 bit. Throws `KeyMaterialInvalid`. The bytes are copied; zero the argument when it is no longer needed.
 */
export function importMaterial(algorithm: Algorithm | string, bytes: Uint8Array): KeyMaterial {
  const found = row(algorithm);
  if (found.keyType === 'oct') return { algorithm: found, secretKey: secretKey(found, bytes) };
  const privateKey = attempt(() => createPrivateKey({ key: Buffer.from(bytes), format: 'der', type: 'pkcs8' }));
  assertFits(found, privateKey);
  return { algorithm: found, privateKey, publicKey: createPublicKey(privateKey) };
}

/**
 * Reads a public JWK (RFC 7517) for use with one algorithm. Throws `KeyMaterialInvalid` for private or symmetric members, members that
 * are not canonical base64url, a `use`, `alg` or `key_ops` that says otherwise, points off the curve and RSA below 2048 bit.
 */
export function importPublicJwk(algorithm: Algorithm | string, jwk: JsonWebKey): KeyMaterial {
  const found = row(algorithm);
  assertPublicFor(found, jwk);
  const publicKey = attempt(() => createPublicKey({ key: jwk, format: 'jwk' }));
  assertFits(found, publicKey);
  return { algorithm: found, publicKey };
}

/** Length of the modulus of an RSA key in bits; undefined for other keys. */
export function rsaBitsOf({ algorithm, publicKey }: KeyMaterial): number | undefined {
  return algorithm.keyType === 'RSA' ? publicKey?.asymmetricKeyDetails?.modulusLength : undefined;
}

function row(algorithm: Algorithm | string): Algorithm {
  const found = typeof algorithm === 'string' ? findAlgorithm(algorithm) : algorithm;
  if (!found) throw new KeyMaterialInvalid('The algorithm is not known.');
  return found;
}

function secretKey(algorithm: Algorithm, bytes: Uint8Array): KeyObject {
  const needed = algorithm.keyBytes!;
  const fits = algorithm.kind === 'jws' ? bytes.byteLength >= needed : bytes.byteLength === needed;
  if (!fits) throw new KeyMaterialInvalid(`A key for ${algorithm.name} has ${needed} bytes.`);
  return createSecretKey(bytes);
}

function assertFits(algorithm: Algorithm, key: KeyObject): void {
  const { asymmetricKeyType, asymmetricKeyDetails } = key;
  const rightType = asymmetricKeyType === algorithm.nodeKeyType;
  const rightCurve = algorithm.curve === undefined || asymmetricKeyDetails?.namedCurve === algorithm.curve;
  const longEnough = algorithm.keyType !== 'RSA' || (asymmetricKeyDetails?.modulusLength ?? 0) >= MIN_RSA_BITS;
  if (!rightType || !rightCurve || !longEnough)
    throw new KeyMaterialInvalid(`The key cannot be used with ${algorithm.name}.`);
}

function assertPublicFor(algorithm: Algorithm, jwk: JsonWebKey): void {
  const { use, alg, key_ops: operations } = jwk as { use?: unknown; alg?: unknown; key_ops?: unknown };
  const wantedUse = algorithm.kind === 'jws' ? 'sig' : 'enc';
  const wantedOperations = algorithm.kind === 'jws' ? ['verify'] : ['encrypt', 'wrapKey', 'deriveKey', 'deriveBits'];
  const suits =
    jwk.kty === algorithm.keyType &&
    !PRIVATE_MEMBERS.some((member) => Object.hasOwn(jwk, member)) &&
    (PUBLIC_MEMBERS[algorithm.keyType] ?? []).every((member) => isCanonical(jwk[member])) &&
    (use === undefined || use === wantedUse) &&
    (alg === undefined || alg === algorithm.alg) &&
    (operations === undefined ||
      (Array.isArray(operations) && operations.some((operation) => wantedOperations.includes(String(operation)))));
  if (!suits) throw new KeyMaterialInvalid(`The JWK is no public key for ${algorithm.name}.`);
}

function isCanonical(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && attempt(() => base64url.decode(value)).length > 0;
}

function attempt<T>(operation: () => T): T {
  try {
    return operation();
  } catch {
    throw new KeyMaterialInvalid('The bytes are no key of the expected form.');
  }
}
