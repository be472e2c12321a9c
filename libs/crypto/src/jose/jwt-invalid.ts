/** Why a token was refused: for logs and tests. What a client is told must not depend on it. */
export type JwtInvalidReason =
  | 'malformed'
  | 'too_long'
  | 'algorithm'
  | 'header'
  | 'type'
  | 'key'
  | 'signature'
  | 'claims'
  | 'issuer'
  | 'audience'
  | 'expired'
  | 'not_yet_valid';

/** Thrown when a JWS or JWT is not what it must be. The message names the reason and nothing from the token. */
export class JwtInvalid extends Error {
  override readonly name = 'JwtInvalid';
  constructor(readonly reason: JwtInvalidReason) {
    super(`The token was refused: ${reason.replaceAll('_', ' ')}.`);
  }
}
