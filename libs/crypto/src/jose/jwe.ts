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
  options: EncryptOptions,
): Promise<string> {
  return sealJwe(material, plaintext, options);
}

/** The same, without a promise where the algorithm does its work at once: for who encrypts thousands of messages a second. */
export function sealJwe(
  material: KeyMaterial,
  plaintext: Uint8Array,
  { kid, context }: EncryptOptions,
): string | Promise<string> {
  const algorithm = encrypting(material);
  const { text, header, bytes } = messageHeader(material, kid, context);
  if (!isSymmetricGcm(algorithm)) {
    return new CompactEncrypt(plaintext)
      .setProtectedHeader(header)
      .encrypt((material.publicKey ?? material.secretKey)!);
  }
  const { key, encryptedKey, header: wrapping } = newContentKey(algorithm, material.secretKey!);
  const own = wrapping.iv === undefined ? text : encodeJson({ ...header, ...wrapping });
  const { iv, ciphertext, tag } = gcmSeal(key, plaintext, own === text ? bytes : Buffer.from(own, 'latin1'));
  if (Buffer.isBuffer(key)) key.fill(0);
  return `${own}.${encryptedKey}.${encode(iv)}.${encode(ciphertext)}.${encode(tag)}`;
}

const encode = (bytes: Buffer) => bytes.toString('base64url');

interface MessageHeader {
  kid: string;
  context: string | undefined;
  header: { alg: string; enc: string; kid: string; ctx?: string };
  /** As it stands in the message. */
  text: string;
  bytes: Buffer;
}

/** The header that the last message of a key had: most have the same one, and a batch has a thousand of them. */
const lastHeaders = new WeakMap<KeyMaterial, MessageHeader>();

function messageHeader(material: KeyMaterial, kid: string, context: string | undefined): MessageHeader {
  const last = lastHeaders.get(material);
  if (last?.kid === kid && last.context === context) return last;
  const { alg, enc } = encrypting(material);
  const header = { alg, enc, kid, ...(context === undefined ? {} : { ctx: contextHash(context) }) };
  const text = encodeJson(header);
  const made = { kid, context, header, text, bytes: Buffer.from(text, 'latin1') };
  lastHeaders.set(material, made);
  return made;
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
