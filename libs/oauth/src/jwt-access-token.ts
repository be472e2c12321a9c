import { JwtInvalid, verifyJwt, type JwksResolver, type JwtClaims } from '@cryptoutil/crypto';
import {
  accessTokenClaims,
  checkNotSenderConstrained,
  required,
  text,
  time,
  type AccessTokenClaims,
} from './access-token-claims.js';
import { maximumTokenLength } from './bearer-token.js';
import { InvalidToken } from './errors.js';
import { accessTokenAlgorithms } from './signing-keys.js';

export interface JwtAccessTokenOptions {
  issuer: string;
  audience: string;
  /** The issuer's public key for a header, undefined when it publishes none. */
  findKey: JwksResolver;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/**
 * Verifies a JWT access token as RFC 9068 §4 has it. The key is one the issuer publishes under the token's `kid` and for its `alg`;
 * nothing else of the header is used.
 *
 * @throws InvalidToken; AuthorizationServerUnavailable from `findKey`
 */
export async function verifyJwtAccessToken(token: string, options: JwtAccessTokenOptions): Promise<AccessTokenClaims> {
  const claims = await signedClaims(token, options);
  // RFC 9068 §2.2 makes these mandatory beside iss, aud and exp; client_id is read below.
  required(text(claims, 'sub'), 'sub');
  required(text(claims, 'jti'), 'jti');
  required(time(claims, 'iat'), 'iat');
  checkNotSenderConstrained(claims);
  return accessTokenClaims(claims, options.issuer, 'jwt');
}

async function signedClaims(
  token: string,
  { issuer, audience, findKey, now }: JwtAccessTokenOptions,
): Promise<JwtClaims> {
  try {
    return await verifyJwt(token, {
      jwks: findKey,
      issuer,
      audience,
      allowAudienceList: true,
      typ: 'at+jwt',
      algorithms: accessTokenAlgorithms,
      maxLength: maximumTokenLength,
      clock: now,
    });
  } catch (error) {
    if (error instanceof JwtInvalid) throw new InvalidToken(error.reason === 'key' ? 'unknown_key' : error.reason);
    throw error;
  }
}
