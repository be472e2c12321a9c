import type { Dispatcher } from 'undici';
import type { AccessTokenClaims } from './access-token-claims.js';
import { isBearerTokenSyntax, isJwtSyntax, maximumTokenLength } from './bearer-token.js';
import { AuthorizationServerUnavailable, InvalidToken } from './errors.js';
import { JwtVerifier } from './jwt-verifier.js';
import type { QuestionGate } from './question-gate.js';
import { SigningKeyCache } from './signing-key-cache.js';
import { TokenIntrospector, type IntrospectionOptions } from './token-introspector.js';

/** Opaque tokens of the issuer are far shorter; longer ones are not worth a question. */
const maximumOpaqueLength = 512;

export interface AccessTokenVerifierOptions {
  /** Issuer identifier, byte-exact. */
  issuer: string;
  /** Resource indicator of this service (RFC 8707), which `aud` must contain. */
  audience: string;
  /** Connections to the issuer; carries this service's client certificate when it introspects. */
  dispatcher: Dispatcher;
  /** Left out: only JWT access tokens are accepted. */
  introspection?: IntrospectionOptions;
  /** Milliseconds since the epoch; default the clock of the machine. */
  clock?: () => number;
}

/**
 * Verifies bearer access tokens of one issuer: JWT ones here against its published keys (RFC 9068), opaque ones by asking it
 * (RFC 7662). Not yet verified: proofs of possession, therefore sender-constrained tokens are refused.
 */
export class AccessTokenVerifier {
  readonly #keys: SigningKeyCache;
  readonly #jwts: JwtVerifier;
  readonly #introspector?: TokenIntrospector;

  constructor({ clock: now = Date.now, introspection, ...issuer }: AccessTokenVerifierOptions) {
    this.#keys = new SigningKeyCache({ ...issuer, now });
    this.#jwts = new JwtVerifier({ ...issuer, keys: this.#keys, now });
    if (introspection) {
      const endpoint = () => this.#introspectionEndpoint();
      this.#introspector = new TokenIntrospector({ ...issuer, ...introspection, endpoint, now });
    }
  }

  /**
   * `gate`: stands before questions to the issuer on behalf of `caller`; default: each is put.
   *
   * @throws InvalidToken the token must not be honoured
   * @throws AuthorizationServerUnavailable the issuer did not answer, so nothing is known about the token
   */
  async verify(token: string, gate?: QuestionGate, caller?: object): Promise<AccessTokenClaims> {
    if (token.length > maximumTokenLength) throw new InvalidToken('too_long');
    const remembered = await this.#jwts.remembered(token);
    if (remembered) return remembered;
    if (isJwtSyntax(token)) return this.#jwts.verify(token);
    if (!isBearerTokenSyntax(token)) throw new InvalidToken('malformed');
    if (!this.#introspector) throw new InvalidToken('malformed', 'not a JWT');
    if (token.length > maximumOpaqueLength) throw new InvalidToken('too_long');
    return this.#introspector.verify(token, gate, caller);
  }

  /**
   * Resolves when the issuer's keys are at hand (reading them if they never were), for readiness checks.
   *
   * @throws AuthorizationServerUnavailable
   */
  async ready(): Promise<void> {
    if (!this.#keys.loaded) await this.#keys.metadata();
  }

  async #introspectionEndpoint(): Promise<string> {
    const { introspectionEndpoint } = await this.#keys.metadata();
    if (!introspectionEndpoint)
      throw new AuthorizationServerUnavailable('the issuer publishes no introspection endpoint');
    return introspectionEndpoint;
  }
}
