import type { Dispatcher } from 'undici';
import { discoverAuthorizationServer, type AuthorizationServerMetadata } from './authorization-server-metadata.js';
import { AuthorizationServerUnavailable } from './errors.js';
import { requestJson } from './json-endpoint.js';
import { signingKeys, type SigningKeys } from './signing-keys.js';
import { SingleFlight } from './single-flight.js';

const defaultMaxAgeMs = 300_000;
const minimumMaxAgeMs = 60_000;
const maximumMaxAgeMs = 3_600_000;
/** After this share of that time a request starts the next read, without waiting for it. */
const aheadShare = 0.8;
/** Not asked again sooner, neither for an unknown key nor after a failure. */
const pauseMs = 10_000;
/** The same as long as no key was ever read: a service that starts before its issuer is soon of use. */
const firstPauseMs = 1_000;
/** Keys that could not be confirmed for this long are no longer trusted. */
const maximumStaleMs = 86_400_000;

export interface SigningKeyCacheOptions {
  issuer: string;
  dispatcher: Dispatcher;
  /** Milliseconds since the epoch. */
  now: () => number;
}

/**
 * The issuer's metadata and public keys, read when first needed and kept as Cache-Control says, within one minute to one hour.
 *
 * While the issuer does not answer, the keys it published last go on serving for up to a day. However many requests ask, one
 * read is under way at a time, and an unknown `kid` causes one at most every 10 s.
 */
export class SigningKeyCache {
  readonly #options: SigningKeyCacheOptions;
  readonly #reading = new SingleFlight<void>();
  #metadata?: AuthorizationServerMetadata;
  #keys?: SigningKeys;
  #readAt = 0;
  #aheadFrom = 0;
  #freshUntil = 0;
  #attemptedAt = Number.NEGATIVE_INFINITY;
  #failure?: AuthorizationServerUnavailable;

  constructor(options: SigningKeyCacheOptions) {
    this.#options = options;
  }

  /** True once the issuer's keys have been read. */
  get loaded(): boolean {
    return this.#keys !== undefined;
  }

  /** The metadata of the issuer as last read. @throws AuthorizationServerUnavailable when it never was */
  async metadata(): Promise<AuthorizationServerMetadata> {
    await this.current();
    return this.#metadata ?? this.#unavailable();
  }

  /**
   * The keys among which one of that name is to be looked for: those of now, read anew when the name is not among them.
   *
   * @throws AuthorizationServerUnavailable when it is not known whether there is such a key
   */
  async keysFor(kid: string): Promise<SigningKeys> {
    const keys = await this.current();
    if (keys.has(kid)) return keys;
    const renewed = await this.#refreshed();
    if (!renewed.has(kid) && this.#failure) throw this.#failure;
    return renewed;
  }

  /**
   * The keys the issuer publishes now. The same object until they are read anew, a different one from then on.
   *
   * @throws AuthorizationServerUnavailable when they are not known
   */
  async current(): Promise<SigningKeys> {
    const now = this.#options.now();
    if (this.#keys && now < this.#freshUntil) {
      // Read ahead of the end, so that in ordinary times nobody waits for the issuer.
      if (now >= this.#aheadFrom) void this.#refreshed();
      return this.#keys;
    }
    // After a failed read the known keys answer at once and the next attempt runs beside them, so a hanging issuer delays nobody.
    if (this.#keys && this.#failure && now < this.#readAt + maximumStaleMs) {
      void this.#refreshed();
      return this.#keys;
    }
    const keys = await this.#refreshed();
    return this.#options.now() < this.#readAt + maximumStaleMs ? keys : this.#unavailable();
  }

  /** The keys after a new read, unless one was attempted within the pause: then the keys as they are. */
  async #refreshed(): Promise<SigningKeys> {
    const pause = this.#keys ? pauseMs : firstPauseMs;
    if (this.#reading.has('keys') || this.#options.now() >= this.#attemptedAt + pause) {
      await this.#reading.run('keys', () => this.#read());
    }
    return this.#keys ?? this.#unavailable();
  }

  /** Never rejects: the outcome is in the state, so that a read nobody waits for cannot end the process. */
  async #read(): Promise<void> {
    const { issuer, dispatcher, now } = this.#options;
    this.#attemptedAt = now();
    try {
      const metadata = await discoverAuthorizationServer(issuer, dispatcher);
      const answer = await requestJson(metadata.jwksUri, { dispatcher, timeoutMs: 2_000, maximumBytes: 262_144 });
      const keys = answer.status === 200 ? signingKeys(answer.body) : undefined;
      if (!keys)
        throw new AuthorizationServerUnavailable(`${metadata.jwksUri} holds no JWK Set (status ${answer.status})`);
      const maxAgeMs = answer.maxAgeSeconds === undefined ? defaultMaxAgeMs : answer.maxAgeSeconds * 1_000;
      this.#metadata = metadata;
      this.#keys = keys;
      this.#readAt = now();
      const keepMs = Math.min(Math.max(maxAgeMs, minimumMaxAgeMs), maximumMaxAgeMs);
      this.#aheadFrom = this.#readAt + keepMs * aheadShare;
      this.#freshUntil = this.#readAt + keepMs;
      this.#failure = undefined;
    } catch (error) {
      this.#failure =
        error instanceof AuthorizationServerUnavailable
          ? error
          : new AuthorizationServerUnavailable('reading the issuer keys failed', undefined, { cause: error });
    }
  }

  #unavailable(): never {
    throw this.#failure ?? new AuthorizationServerUnavailable('the issuer keys could not be read');
  }
}
