/** Algorithms an access token may be signed with: asymmetric ones only, so that a public key can never serve as an HMAC secret. */
export const accessTokenAlgorithms = ['ES256', 'PS256', 'RS256', 'EdDSA'] as const;
export type AccessTokenAlgorithm = (typeof accessTokenAlgorithms)[number];

/** A public signature key of the issuer (RFC 7517). */
export interface SigningKey {
  kty: string;
  kid: string;
  alg?: string;
  [member: string]: unknown;
}

const keyTypes: Record<AccessTokenAlgorithm, string> = { ES256: 'EC', PS256: 'RSA', RS256: 'RSA', EdDSA: 'OKP' };
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
const maximumKeys = 100;

const isSigningKey = (key: unknown): key is SigningKey => {
  if (typeof key !== 'object' || key === null) return false;
  const { kty, kid, use, key_ops, alg } = key as Record<string, unknown>;
  return (
    typeof kid === 'string' &&
    kid.length > 0 &&
    Object.values(keyTypes).includes(kty as string) &&
    (use === undefined || use === 'sig') &&
    (key_ops === undefined || (Array.isArray(key_ops) && key_ops.includes('verify'))) &&
    (alg === undefined || (accessTokenAlgorithms as readonly unknown[]).includes(alg)) &&
    !privateMembers.some((member) => member in key)
  );
};

/** The usable signature keys of a JWK Set by `kid`, or undefined when the document is none. The first of two equal kids counts. */
export function signingKeys(document: unknown): Map<string, SigningKey> | undefined {
  const keys = (document as { keys?: unknown } | undefined)?.keys;
  if (!Array.isArray(keys) || keys.length > maximumKeys) return undefined;
  return new Map(
    keys
      .filter(isSigningKey)
      .reverse()
      .map((key) => [key.kid, key]),
  );
}

/** True when the key may check signatures of the algorithm: same key type, and the same `alg` when the key names one. */
export const fitsAlgorithm = (key: SigningKey, algorithm: AccessTokenAlgorithm): boolean =>
  key.kty === keyTypes[algorithm] && (key.alg === undefined || key.alg === algorithm);
