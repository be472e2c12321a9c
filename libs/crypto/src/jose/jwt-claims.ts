import { JwtInvalid } from './jwt-invalid.js';

/** `nbf` and `iat` may lie this far ahead (FAPI 2.0 §5.3.2.1: up to 10 s are accepted, from 60 s refused). Seconds. */
const AHEAD_SECONDS = 10;

/** Verified claims: the three that every token must have, and whatever else it says. */
export interface JwtClaims {
  iss: string;
  aud: string | string[];
  exp: number;
  nbf?: number;
  iat?: number;
  [name: string]: unknown;
}

export interface ClaimExpectations {
  /** Exact value of `iss`. */
  issuer: string;
  /** Exact value of `aud`. */
  audience: string;
  /** Accepts a list in `aud` that contains the audience. Off unless said otherwise: a token for several servers can be replayed among them. */
  allowAudienceList?: boolean;
  /** Milliseconds since the epoch; `Date.now` unless said otherwise. */
  clock?: () => number;
}

/** Checks issuer, audience and times (RFC 7519 §4.1). `exp` is demanded and has no leeway. Throws `JwtInvalid`. */
export function assertClaims(
  claims: Record<string, unknown>,
  { issuer, audience, allowAudienceList = false, clock = Date.now }: ClaimExpectations,
): asserts claims is JwtClaims {
  if (claims.iss !== issuer) throw new JwtInvalid('issuer');
  if (!isFor(claims.aud, audience, allowAudienceList)) throw new JwtInvalid('audience');
  const now = clock() / 1000;
  if (!isTime(claims.exp)) throw new JwtInvalid('claims');
  if (claims.exp <= now) throw new JwtInvalid('expired');
  for (const time of [claims.nbf, claims.iat]) {
    if (time === undefined) continue;
    if (!isTime(time)) throw new JwtInvalid('claims');
    if (time > now + AHEAD_SECONDS) throw new JwtInvalid('not_yet_valid');
  }
}

const isTime = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value) && value >= 0;

function isFor(aud: unknown, audience: string, allowList: boolean): boolean {
  if (typeof aud === 'string') return aud === audience;
  return allowList && Array.isArray(aud) && aud.every((entry) => typeof entry === 'string') && aud.includes(audience);
}
