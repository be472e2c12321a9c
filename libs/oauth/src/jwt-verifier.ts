import type { JwksResolver } from '@cryptoutil/crypto';
import type { AccessTokenClaims } from './access-token-claims.js';
import { verifyJwtAccessToken } from './jwt-access-token.js';
import type { SigningKeyCache } from './signing-key-cache.js';
import type { SigningKeys } from './signing-keys.js';
import { TokenCache } from './token-cache.js';

const maximumEntries = 10_000;

export interface JwtVerifierOptions {
  issuer: string;
  audience: string;
  keys: SigningKeyCache;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/**
 * Verifies JWT access tokens and remembers those that were good, so that a client that comes often costs one signature check.
 *
 * Nothing is remembered past the token's end, nor past the key set it was verified with: as soon as the issuer's keys are read anew,
 * a withdrawn key is withdrawn for remembered tokens too.
 */
export class JwtVerifier {
  readonly #options: JwtVerifierOptions;
  readonly #good: TokenCache<{ claims: AccessTokenClaims; keys: SigningKeys }>;

  constructor(options: JwtVerifierOptions) {
    this.#options = options;
    this.#good = new TokenCache(maximumEntries, options.now);
  }

  /** What a good token says that is remembered; undefined for all others, whatever they look like. Throws AuthorizationServerUnavailable. */
  async remembered(token: string): Promise<AccessTokenClaims | undefined> {
    const known = this.#good.get(TokenCache.keyOf(token));
    return known && known.keys === (await this.#options.keys.current()) ? known.claims : undefined;
  }

  /** @throws InvalidToken, AuthorizationServerUnavailable */
  async verify(token: string): Promise<AccessTokenClaims> {
    const { keys, ...expected } = this.#options;
    let used: SigningKeys | undefined;
    const findKey: JwksResolver = async ({ alg, kid }) => {
      // A token names its key; without a name it would be tried on whichever fits.
      used = kid === undefined ? undefined : await keys.keysFor(kid);
      return used?.resolve({ alg, kid });
    };
    const claims = await verifyJwtAccessToken(token, { ...expected, findKey });
    if (used) this.#good.set(TokenCache.keyOf(token), { claims, keys: used }, claims.exp * 1_000);
    return claims;
  }
}
