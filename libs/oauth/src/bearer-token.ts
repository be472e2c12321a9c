// RFC 6750 §2.1: b64token = 1*( ALPHA / DIGIT / "-" / "." / "_" / "~" / "+" / "/" ) *"="
const b64token = /^[A-Za-z0-9\-._~+/]+=*$/;
// RFC 9110 §11.1: the scheme is case-insensitive; RFC 6750 §2.1 puts 1*SP between scheme and token.
const scheme = /^bearer +/i;

/** Longest access token that is looked at, in characters. A longer one is refused before any work is spent on it. */
export const maximumTokenLength = 8192;

// Nearly all tokens have the form of a JWT, which is a b64token too and takes less time to see.
const jwtForm = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*$/;

/** True when the text has the form of a compact JWS (RFC 7515 §3.1). Length is not considered. */
export const isJwtSyntax = (token: string): boolean => jwtForm.test(token);

/** True when the text has the b64token syntax of RFC 6750 §2.1. Length is not considered. */
export const isBearerTokenSyntax = (token: string): boolean => jwtForm.test(token) || b64token.test(token);

/**
 * The token of an `Authorization: Bearer …` header value.
 *
 * @returns undefined when there is no header, another scheme, or anything that is not exactly one b64token (RFC 6750 §2.1).
 */
export function bearerToken(authorization: string | undefined): string | undefined {
  if (authorization === undefined || authorization.length > maximumTokenLength + 64) return undefined;
  const before = scheme.exec(authorization)?.[0];
  if (before === undefined) return undefined;
  const token = authorization.slice(before.length);
  return isBearerTokenSyntax(token) ? token : undefined;
}

/** True when the header uses the Bearer scheme at all, well-formed or not: the answer is then `invalid_request`, not a bare challenge. */
export const usesBearerScheme = (authorization: string | undefined): boolean =>
  authorization !== undefined && /^bearer( |$)/i.test(authorization);
