export { type AccessTokenClaims, clockSkewSeconds } from './access-token-claims.js';
export { AccessTokenVerifier, type AccessTokenVerifierOptions } from './access-token-verifier.js';
export { bearerChallenge, isScopeToken, type BearerChallenge, type BearerError } from './bearer-challenge.js';
export { bearerToken, isBearerTokenSyntax, maximumTokenLength, usesBearerScheme } from './bearer-token.js';
export { AuthorizationServerUnavailable, InvalidToken, type InvalidTokenReason } from './errors.js';
export { oauthSettings } from './settings.js';
export { accessTokenAlgorithms } from './signing-keys.js';
export { DEFAULT_TENANT, isTenant } from './tenant.js';
export type { IntrospectionOptions } from './token-introspector.js';
