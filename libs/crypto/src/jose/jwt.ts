import { decodeHeader, jsonObject, splitCompact } from './compact.js';
import { createJwksResolver, type Jwks, type JwksResolver } from './jwks.js';
import { assertPlainHeader, verifyJws } from './jws.js';
import { assertClaims, type ClaimExpectations, type JwtClaims } from './jwt-claims.js';
import { JwtInvalid } from './jwt-invalid.js';

export interface VerifyJwtOptions extends ClaimExpectations {
  /** The issuer's keys: a key set, or a function that finds the key (and may fetch). What the function throws is passed on. */
  jwks: Jwks | JwksResolver;
  /** The media type that `typ` must name, `at+jwt` for instance (RFC 8725 §3.11); `null` accepts any and none (ID tokens). */
  typ: string | null;
  /** Algorithms accepted; symmetric ones and `none` never are. */
  algorithms: readonly string[];
  /** Longest token looked at, in characters; 16384 unless said otherwise. */
  maxLength?: number;
}

/**
 * Verifies a signed JWT: form, algorithm, type, key, signature, then issuer, audience and times, in this order (RFC 7519 §7.2, RFC 8725).
 * Throws `JwtInvalid` with the first reason found. Not verified here: whether the token was revoked, its `sub`, its scope, its binding (`cnf`).
 */
export async function verifyJwt(token: string, options: VerifyJwtOptions): Promise<JwtClaims> {
  const parts = splitCompact(token, 3);
  if (token.length > (options.maxLength ?? 16_384)) throw new JwtInvalid('too_long');
  const header = decodeHeader(parts[0]!);
  if (!options.algorithms.includes(header.alg)) throw new JwtInvalid('algorithm');
  assertPlainHeader(header);
  if (options.typ !== null && mediaType(header.typ) !== mediaType(options.typ)) throw new JwtInvalid('type');
  const material = await resolver(options.jwks)({
    alg: header.alg,
    ...(header.kid === undefined ? {} : { kid: header.kid }),
  });
  // A resolver may be anybody's function: a secret as verification key is how HS/RS confusion happens.
  if (!material?.publicKey) throw new JwtInvalid('key');
  const { payload } = await verifyJws(material, token);
  const claims = jsonObject(payload);
  assertClaims(claims, options);
  return claims;
}

/** `typ` is compared without case, and `application/` may be left out (RFC 7515 §4.1.9). */
function mediaType(typ: string | undefined): string | undefined {
  const lower = typ?.toLowerCase();
  return lower !== undefined && !lower.includes('/') ? `application/${lower}` : lower;
}

const resolvers = new WeakMap<Jwks, JwksResolver>();

function resolver(jwks: Jwks | JwksResolver): JwksResolver {
  if (typeof jwks === 'function') return jwks;
  const known = resolvers.get(jwks) ?? createJwksResolver(jwks);
  resolvers.set(jwks, known);
  return known;
}
