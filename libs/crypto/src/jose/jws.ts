import { decodeHeader, decodePart, encodeJson, type JoseHeader, splitCompact } from './compact.js';
import { JwtInvalid } from './jwt-invalid.js';
import type { KeyMaterial } from './material.js';
import { signBytes, verifyBytes } from './signature.js';

/** `kid` and `typ` of the protected header; `alg` comes from the key. */
export interface JwsOptions {
  kid?: string;
  typ?: string;
}

/** A verified message. */
export interface VerifiedJws {
  header: JoseHeader;
  payload: Buffer;
}

/** Signs a payload into a compact JWS (RFC 7515 §7.1). */
export async function signJws(
  material: KeyMaterial,
  payload: Uint8Array,
  { kid, typ }: JwsOptions = {},
): Promise<string> {
  const header = encodeJson({ alg: material.algorithm.alg, kid, typ });
  const signingInput = `${header}.${Buffer.from(payload).toString('base64url')}`;
  const signature = await signBytes(material, Buffer.from(signingInput, 'ascii'));
  return `${signingInput}.${signature.toString('base64url')}`;
}

/** Signs claims into a JWT (RFC 7519). `typ` is demanded, so that one kind of token cannot stand in for another (RFC 8725 §3.11). */
export function signJwt(material: KeyMaterial, claims: object, options: JwsOptions & { typ: string }): Promise<string> {
  return signJws(material, Buffer.from(JSON.stringify(claims), 'utf8'), options);
}

/**
 * Verifies a compact JWS with one key and that key's algorithm (RFC 7515 §5.2, RFC 8725 §3.1). Throws `JwtInvalid`: other algorithms than
 * the key's, `none`, critical extensions, keys brought along in the header (`jwk`, `jku`, `x5c`, `x5u`) and text that is not canonical.
 */
export async function verifyJws(material: KeyMaterial, token: string): Promise<VerifiedJws> {
  const parts = splitCompact(token, 3);
  const header = decodeHeader(parts[0]!);
  assertPlainHeader(header);
  if (header.alg !== material.algorithm.alg) throw new JwtInvalid('algorithm');
  const payload = decodePart(parts[1]!);
  const signature = decodePart(parts[2]!);
  const signingInput = Buffer.from(`${parts[0]}.${parts[1]}`, 'ascii');
  if (!(await verifyBytes(material, signingInput, signature))) throw new JwtInvalid('signature');
  return { header, payload };
}

/** Header members that would change how a message is processed or bring their own key. None of them is supported, so all are refused. */
const REFUSED = ['crit', 'b64', 'zip', 'jwk', 'jku', 'x5c', 'x5u'];

export function assertPlainHeader(header: JoseHeader): void {
  if (REFUSED.some((name) => Object.hasOwn(header, name))) throw new JwtInvalid('header');
}
