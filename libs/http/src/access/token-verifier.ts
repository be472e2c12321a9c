import type { AccessTokenClaims } from '@cryptoutil/oauth';

/**
 * What the guard needs of `AccessTokenVerifier`: rejects with `InvalidToken` (answered 401) or `AuthorizationServerUnavailable`
 * (answered 503).
 */
export interface TokenVerifier {
  verify(token: string): Promise<AccessTokenClaims>;
}

export const TOKEN_VERIFIER = Symbol('TokenVerifier');
