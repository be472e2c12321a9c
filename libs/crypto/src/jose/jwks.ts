import { findAlgorithm } from './algorithms.js';
import type { JsonWebKey } from './json-web-key.js';
import { importPublicJwk, type KeyMaterial } from './material.js';

/** A published key set (RFC 7517 §5). */
export interface Jwks {
  readonly keys: readonly JsonWebKey[];
}

/** The key for a header, already bound to the header's algorithm; `undefined` when none (or more than one) can be meant. */
export type JwksResolver = (header: {
  alg: string;
  kid?: string;
}) => KeyMaterial | undefined | Promise<KeyMaterial | undefined>;

/**
 * Finds verification keys in a key set by `kid` and algorithm. A header without `kid` finds a key only when exactly one fits. Symmetric and
 * private keys, keys for encryption and keys that cannot be read are passed over, so that one odd key does not break the set.
 * Keys are read once and kept.
 */
export function createJwksResolver(jwks: Jwks): JwksResolver {
  const keys = jwks.keys.map((jwk) => ({
    kid: jwk.kid,
    jwk,
    materials: new Map<string, KeyMaterial | undefined>(),
  }));
  return ({ alg, kid }) => {
    const algorithm = findAlgorithm(alg);
    if (algorithm?.kind !== 'jws' || algorithm.keyType === 'oct') return undefined;
    const fitting = keys
      .filter((entry) => kid === undefined || entry.kid === kid)
      .map(({ jwk, materials }) => {
        if (!materials.has(alg)) materials.set(alg, readable(alg, jwk));
        return materials.get(alg);
      })
      .filter((material) => material !== undefined);
    return fitting.length === 1 ? fitting[0] : undefined;
  };
}

function readable(alg: string, jwk: JsonWebKey): KeyMaterial | undefined {
  try {
    return importPublicJwk(alg, jwk);
  } catch {
    return undefined;
  }
}
