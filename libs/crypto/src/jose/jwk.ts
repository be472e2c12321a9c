import { sha256 } from '../hash.js';
import type { JsonWebKey } from './json-web-key.js';
import { KeyMaterialInvalid, type KeyMaterial } from './material.js';

/** Members that make the key, in lexicographic order (RFC 7638 §3.2, RFC 8037 §2). */
const REQUIRED: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['EC', ['crv', 'kty', 'x', 'y']],
  ['RSA', ['e', 'kty', 'n']],
  ['OKP', ['crv', 'kty', 'x']],
  ['AKP', ['alg', 'kty', 'pub']],
  ['oct', ['k', 'kty']],
]);

/** The public half as a JWK with `alg` and `use`; the caller adds `kid`. Throws `KeyMaterialInvalid` for symmetric keys, which have none. */
export function publicJwk({ publicKey, algorithm }: KeyMaterial): JsonWebKey {
  if (!publicKey) throw new KeyMaterialInvalid('A symmetric key has no public half.');
  return {
    ...(publicKey.export({ format: 'jwk' }) as JsonWebKey),
    alg: algorithm.alg,
    use: algorithm.kind === 'jws' ? 'sig' : 'enc',
  };
}

/** SHA-256 thumbprint of a JWK as base64url (RFC 7638 §3). Throws `KeyMaterialInvalid` when a member that makes the key is missing. */
export function jwkThumbprint(jwk: JsonWebKey): string {
  const names = REQUIRED.get(jwk.kty);
  const members = names?.map((name) => [name, Object.hasOwn(jwk, name) ? jwk[name] : undefined] as const);
  if (!members?.every(([, value]) => typeof value === 'string')) throw new KeyMaterialInvalid('The JWK is incomplete.');
  return sha256(JSON.stringify(Object.fromEntries(members))).toString('base64url');
}
