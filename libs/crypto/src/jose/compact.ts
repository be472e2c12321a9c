import { base64url } from '../base64url.js';
import { JwtInvalid } from './jwt-invalid.js';

/** A protected header (RFC 7515 §4, RFC 7516 §4). Nothing in it is to be trusted before the message was verified. */
export interface JoseHeader {
  alg: string;
  enc?: string;
  kid?: string;
  typ?: string;
  [name: string]: unknown;
}

const MAX_HEADER_LENGTH = 8192;
const TEXT_MEMBERS = ['enc', 'kid', 'typ', 'cty'];

/** The parts of a compact serialisation, and their count checked. Throws `JwtInvalid`. */
export function splitCompact(token: string, count: number): string[] {
  if (typeof token !== 'string') throw new JwtInvalid('malformed');
  const parts = token.split('.', count + 1);
  if (parts.length !== count) throw new JwtInvalid('malformed');
  return parts;
}

/** Strict base64url (RFC 7515 §2). Throws `JwtInvalid`. */
export function decodePart(part: string): Buffer {
  try {
    return base64url.decode(part);
  } catch {
    throw new JwtInvalid('malformed');
  }
}

/** A JSON object from UTF-8 bytes; everything else throws `JwtInvalid`. */
export function jsonObject(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    throw new JwtInvalid('malformed');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new JwtInvalid('malformed');
  return value as Record<string, unknown>;
}

/** A header part, read and its well-known members checked for their types. Throws `JwtInvalid`. */
export function decodeHeader(part: string): JoseHeader {
  if (part.length > MAX_HEADER_LENGTH) throw new JwtInvalid('too_long');
  const header = jsonObject(decodePart(part));
  const wellTyped =
    typeof header.alg === 'string' &&
    TEXT_MEMBERS.every((name) => !Object.hasOwn(header, name) || typeof header[name] === 'string');
  if (!wellTyped) throw new JwtInvalid('malformed');
  return header as JoseHeader;
}

/**
 * Reads the protected header of a compact JWS or JWE without verifying anything: good for choosing a key by `kid`, never for deciding
 * which algorithm to use. Throws `JwtInvalid`.
 */
export function decodeProtectedHeader(token: string): JoseHeader {
  if (typeof token !== 'string') throw new JwtInvalid('malformed');
  const parts = token.split('.', 6);
  if (parts.length !== 3 && parts.length !== 5) throw new JwtInvalid('malformed');
  return decodeHeader(parts[0]!);
}

export const encodeJson = (value: object) => Buffer.from(JSON.stringify(value), 'utf8').toString('base64url');
