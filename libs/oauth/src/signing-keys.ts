import { createJwksResolver, type JwksResolver } from '@cryptoutil/crypto';

/** Algorithms an access token may be signed with: asymmetric ones only, so that a public key can never serve as an HMAC secret. */
export const accessTokenAlgorithms = ['ES256', 'PS256', 'RS256', 'EdDSA'] as const;

/** The keys of an issuer as it published them at one time. */
export interface SigningKeys {
  /** Whether there is any key of that name; it may still not fit the algorithm. */
  has(kid: string): boolean;
  resolve: JwksResolver;
}

/** A set of an issuer has a handful of keys; one beyond this is not taken. */
const maximumKeys = 100;

const hasName = (key: unknown): key is { kid: string; kty: string } =>
  typeof key === 'object' &&
  key !== null &&
  typeof (key as Record<string, unknown>)['kid'] === 'string' &&
  typeof (key as Record<string, unknown>)['kty'] === 'string';

/** Reads a JWK Set (RFC 7517 §5); undefined when the document is none. A key without `kid` is passed over: a token names its key. */
export function signingKeys(document: unknown): SigningKeys | undefined {
  const published = (document as { keys?: unknown } | undefined)?.keys;
  if (!Array.isArray(published) || published.length > maximumKeys) return undefined;
  const keys = published.filter(hasName);
  const names = new Set(keys.map(({ kid }) => kid));
  return { has: (kid) => names.has(kid), resolve: createJwksResolver({ keys }) };
}
