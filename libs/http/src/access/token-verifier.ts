import type { AccessTokenClaims, QuestionGate } from '@cryptoutil/oauth';

/**
 * What the guard needs of `AccessTokenVerifier`: rejects with `InvalidToken` (answered 401), `AuthorizationServerUnavailable`
 * (answered 503), or what the gate rejects with that stands before questions to the issuer.
 */
export interface TokenVerifier {
  verify(token: string, gate: QuestionGate, caller: object): Promise<AccessTokenClaims>;
}

export const TOKEN_VERIFIER = Symbol('TokenVerifier');
