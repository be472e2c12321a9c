import { CompactEncrypt, compactDecrypt } from 'jose';
import { constantTimeEqual } from '../constant-time.js';
import { DecryptFailed } from '../errors.js';
import { sha256 } from '../hash.js';
import type { JweAlgorithm } from './algorithm.js';
import { decodeHeader, decodePart, encodeJson, type JoseHeader, splitCompact } from './compact.js';
import { assertPlainHeader } from './jws.js';
import type { KeyMaterial } from './material.js';
import { gcmOpen, gcmSeal, isSymmetricGcm, newContentKey, openContentKey } from './symmetric-jwe.js';

export interface EncryptOptions {
  /** Name of the key (version) for the header; decryption finds the key by it. */
  kid: string;
  /**
   * What the message belongs to (a row, an account). Its hash goes into the protected header as `ctx`, and decryption demands the same
   * context. A context that can be guessed can be recognised from the hash: do not put secrets there.
   */
  context?: string;
}

/** Encrypts into a compact JWE (RFC 7516 §7.1) with the algorithm of the key. Throws `TypeError` for a key that cannot encrypt. */
export async function encryptJwe(
  material: KeyMaterial,
  plaintext: Uint8Array,
  { kid, context }: EncryptOptions,
): Promise<string> {
  const algorithm = encrypting(material);
  const header = {
    alg: algorithm.alg,
    enc: algorithm.enc,
    kid,
    ...(context === undefined ? {} : { ctx: contextHash(context) }),
  };
  if (!isSymmetricGcm(algorithm)) {
    return new CompactEncrypt(plaintext)
      .setProtectedHeader(header)
      .encrypt((material.publicKey ?? material.secretKey)!);
  }
  const contentKey = newContentKey(algorithm, material.secretKey!);
  const protectedHeader =
    context === undefined && contentKey.header.iv === undefined
      ? plainHeader(material, header)
      : encodeJson({ ...header, ...contentKey.header });
  const { iv, ciphertext, tag } = gcmSeal(contentKey.key, plaintext, Buffer.from(protectedHeader, 'latin1'));
  if (Buffer.isBuffer(contentKey.key)) contentKey.key.fill(0);
  const encryptedKey = contentKey.encryptedKey.toString('base64url');
  const [ivText, text, tagText] = [
    iv.toString('base64url'),
    ciphertext.toString('base64url'),
    tag.toString('base64url'),
  ];
  return `${protectedHeader}.${encryptedKey}.${ivText}.${text}.${tagText}`;
}

/** The header that all messages of a version without context have; made once, since a batch has a thousand of them. */
const plainHeaders = new WeakMap<KeyMaterial, { kid: string; text: string }>();

function plainHeader(material: KeyMaterial, header: { kid: string }): string {
  const known = plainHeaders.get(material);
  if (known?.kid === header.kid) return known.text;
  const text = encodeJson(header);
  plainHeaders.set(material, { kid: header.kid, text });
  return text;
}

export interface DecryptOptions {
  /** The context given at encryption; leaving it out means that the message must have none. */
  context?: string;
  /** When given, the header must carry exactly this `kid`. */
  kid?: string;
}

/**
 * Decrypts a compact JWE. `alg` and `enc` are the key's; a message that says otherwise is refused, as are compression, critical extensions
 * and another context. Throws `DecryptFailed` whatever the cause.
 */
export async function decryptJwe(material: KeyMaterial, jwe: string, options: DecryptOptions = {}): Promise<Buffer> {
  const algorithm = encrypting(material);
  try {
    return await open(material, algorithm, jwe, options);
  } catch {
    throw new DecryptFailed();
  }
}

async function open(
  material: KeyMaterial,
  algorithm: JweAlgorithm,
  jwe: string,
  options: DecryptOptions,
): Promise<Buffer> {
  const parts = splitCompact(jwe, 5);
  const header = decodeHeader(parts[0]!);
  assertPlainHeader(header);
  assertExpected(header, algorithm, options);
  const [encryptedKey, iv, ciphertext, tag] = parts.slice(1).map(decodePart) as [Buffer, Buffer, Buffer, Buffer];
  if (!isSymmetricGcm(algorithm)) {
    const { plaintext } = await compactDecrypt(jwe, (material.privateKey ?? material.secretKey)!, {
      keyManagementAlgorithms: [algorithm.alg],
      contentEncryptionAlgorithms: [algorithm.enc],
    });
    return Buffer.from(plaintext.buffer, plaintext.byteOffset, plaintext.byteLength);
  }
  const contentKey = openContentKey(algorithm, material.secretKey!, encryptedKey, wrappingOf(header));
  return gcmOpen(contentKey, { iv, ciphertext, tag }, Buffer.from(parts[0]!, 'ascii'));
}

function assertExpected(header: JoseHeader, algorithm: JweAlgorithm, { kid, context }: DecryptOptions): void {
  const sameContext =
    context === undefined
      ? !Object.hasOwn(header, 'ctx')
      : typeof header.ctx === 'string' && constantTimeEqual(header.ctx, contextHash(context));
  const expected =
    header.alg === algorithm.alg &&
    header.enc === algorithm.enc &&
    sameContext &&
    (kid === undefined || header.kid === kid);
  if (!expected) throw new DecryptFailed();
}

function wrappingOf({ iv, tag }: JoseHeader): { iv: Buffer; tag: Buffer } | undefined {
  return typeof iv === 'string' && typeof tag === 'string' ? { iv: decodePart(iv), tag: decodePart(tag) } : undefined;
}

function encrypting({ algorithm }: KeyMaterial): JweAlgorithm {
  if (algorithm.kind !== 'jwe') throw new TypeError(`A key for ${algorithm.name} neither encrypts nor decrypts.`);
  return algorithm;
}

const contextHash = (context: string) => sha256(`cryptoutil jwe context\0${context}`).toString('base64url');
