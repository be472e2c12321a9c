import type { Dispatcher } from 'undici';
import {
  accessTokenClaims,
  checkNotSenderConstrained,
  checkTimes,
  text,
  type AccessTokenClaims,
} from './access-token-claims.js';
import { AuthorizationServerUnavailable, InvalidToken } from './errors.js';
import { openGate, type QuestionGate } from './question-gate.js';
import { TokenCache } from './token-cache.js';
import { requestJson } from './json-endpoint.js';
import { SingleFlight } from './single-flight.js';

const positiveMs = 10_000;
const negativeMs = 2_000;
const maximumEntries = 10_000;
const maximumInFlight = 256;

export interface IntrospectionOptions {
  /** This service as a client of the issuer; authenticated by the certificate of the connection (RFC 8705 §2.1). */
  clientId: string;
  /**
   * An opaque token that is bound to no audience is accepted when it carries at least one of these scopes.
   * Default: none, such a token is refused.
   */
  audiencelessScopes?: readonly string[];
}

export interface TokenIntrospectorOptions extends IntrospectionOptions {
  issuer: string;
  audience: string;
  dispatcher: Dispatcher;
  endpoint: () => Promise<string>;
  now: () => number;
}

type Outcome = { claims: AccessTokenClaims } | { refused: InvalidToken };

/**
 * Asks the issuer about opaque tokens (RFC 7662). An answer is kept for at most 10 s, a refusal for at most 2 s; callers that
 * ask about the same token at the same time share one request.
 */
export class TokenIntrospector {
  readonly #options: TokenIntrospectorOptions;
  readonly #asking = new SingleFlight<Outcome>();
  readonly #cache: TokenCache<Outcome>;
  /** Tokens that were good once, until their end: questions about them pass every gate. */
  readonly #wereGood: TokenCache<true>;

  constructor(options: TokenIntrospectorOptions) {
    this.#options = options;
    this.#cache = new TokenCache(maximumEntries, options.now);
    this.#wereGood = new TokenCache(maximumEntries, options.now);
  }

  /** @throws InvalidToken, AuthorizationServerUnavailable, what the gate rejects with */
  async verify(token: string, gate: QuestionGate = openGate, caller: object = this): Promise<AccessTokenClaims> {
    const key = TokenCache.keyOf(token);
    const outcome =
      this.#cache.get(key) ??
      (await (this.#wereGood.get(key) ? openGate : gate).ask(caller, () => this.#asked(key, token)));
    if ('refused' in outcome) throw outcome.refused;
    // Within its short life in the cache a token may still reach its end.
    checkTimes({ exp: outcome.claims.exp }, this.#options.now() / 1_000);
    return outcome.claims;
  }

  #asked(key: string, token: string): Promise<Outcome> {
    if (!this.#asking.has(key) && this.#asking.size >= maximumInFlight) {
      throw new AuthorizationServerUnavailable('too many introspection requests are under way', 1);
    }
    return this.#asking.run(key, async () => {
      const outcome = this.#judged(await this.#ask(token));
      const keepMs = 'claims' in outcome ? positiveMs : negativeMs;
      this.#cache.set(key, outcome, this.#options.now() + keepMs);
      if ('claims' in outcome) this.#wereGood.set(key, true, outcome.claims.exp * 1_000);
      return outcome;
    });
  }

  async #ask(token: string): Promise<Record<string, unknown>> {
    const { dispatcher, clientId, endpoint } = this.#options;
    const url = await endpoint();
    const { status, body } = await requestJson(url, {
      dispatcher,
      form: { token, token_type_hint: 'access_token', client_id: clientId },
      timeoutMs: 2_000,
      maximumBytes: 65_536,
    });
    const answer = body as Record<string, unknown> | null | undefined;
    // Anything but 200 with a boolean `active` says nothing about the token: our own registration may be what is refused.
    if (status !== 200 || typeof answer !== 'object' || typeof answer?.['active'] !== 'boolean') {
      throw new AuthorizationServerUnavailable(`${url} gave no introspection answer (status ${status})`);
    }
    return answer;
  }

  #judged(answer: Record<string, unknown>): Outcome {
    try {
      return { claims: this.#accepted(answer) };
    } catch (error) {
      if (error instanceof InvalidToken) return { refused: error };
      throw error;
    }
  }

  #accepted(answer: Record<string, unknown>): AccessTokenClaims {
    const { issuer, audience, audiencelessScopes = [], now } = this.#options;
    if (answer['active'] !== true) throw new InvalidToken('inactive');
    // Refresh tokens are introspected too, without a token_type; DPoP tokens name theirs.
    if (text(answer, 'token_type')?.toLowerCase() !== 'bearer')
      throw new InvalidToken('type', 'not a bearer access token');
    checkNotSenderConstrained(answer);
    if ((text(answer, 'iss') ?? issuer) !== issuer) throw new InvalidToken('issuer');
    checkTimes(answer, now() / 1_000);
    const claims = accessTokenClaims(answer, issuer, 'introspection');
    const ours =
      claims.aud.length > 0
        ? claims.aud.includes(audience)
        : audiencelessScopes.some((scope) => claims.scope.has(scope));
    if (!ours) throw new InvalidToken('audience');
    return claims;
  }
}
