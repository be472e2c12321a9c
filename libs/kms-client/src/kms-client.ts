import { base64url } from '@cryptoutil/crypto';
import { KmsRefused, KmsUnavailable } from './errors.js';
import { KmsConnection, type KmsConnectionOptions } from './kms-connection.js';
import { decryptAnswer, encryptAnswer, jwksAnswer, keyListAnswer, readyAnswer, signBatchAnswer } from './wire.js';

/** An elastic key as the kms describes it. */
export interface KmsKey {
  id: string;
  name: string;
  algorithm: string;
  status: string;
  currentVersion: number;
  /** `kid` of the current version. */
  currentKid: string;
  createdAt: Date;
}

/** A public key of an elastic key, with the `kid` of its version. */
export type Jwk = { kid: string; kty: string } & Record<string, unknown>;

/** A raw JWS signature (RFC 7518 §3) and the version that made it. */
export interface KmsSignature {
  signature: Buffer;
  kid: string;
}

/** What `readyz` of the kms says, or `unreachable`. */
export interface KmsReadiness {
  ready: boolean;
  status: string;
}

/** Most items the kms takes in one batch. */
export const BATCH_LIMIT = 1000;

const prefix = '/service/api/v1/elastic-keys';

/** The kms over mTLS: what an internal identity may do with its own keys. Errors of every call: `KmsUnavailable`, `KmsRefused`. */
export class KmsClient {
  readonly #connection: KmsConnection;
  readonly #published = new Map<string, { etag: string; keys: Jwk[] }>();

  constructor(options: KmsConnectionOptions) {
    this.#connection = new KmsConnection(options);
  }

  /** The caller's key of this name. Refused with `key_not_found` when there is none. */
  async findKey(name: string): Promise<KmsKey> {
    const query = new URLSearchParams({ name, limit: '1' });
    const { items } = await this.#connection.json({ method: 'GET', path: `${prefix}?${query}` }, keyListAnswer);
    const [key] = items;
    if (!key) throw new KmsRefused('key_not_found');
    return {
      id: key.id,
      name: key.name,
      algorithm: key.algorithm,
      status: key.status,
      currentVersion: key.current_version,
      currentKid: key.current_kid,
      createdAt: new Date(key.created_at),
    };
  }

  /** Public keys of all versions, newest first. Answered while the kms is sealed too. An unchanged set is not sent again. */
  async publicKeys(keyId: string): Promise<Jwk[]> {
    const known = this.#published.get(keyId);
    const answer = await this.#connection.successful({
      method: 'GET',
      path: `${prefix}/${encodeURIComponent(keyId)}/jwks`,
      ...(known ? { headers: { 'if-none-match': known.etag } } : {}),
    });
    if (answer.status === 304 && known) return known.keys;
    const { keys } = this.#connection.read(answer, jwksAnswer);
    const etag = answer.headers['etag'];
    if (typeof etag === 'string') this.#published.set(keyId, { etag, keys });
    return keys;
  }

  /** Encrypts to a compact JWE. A `context` is bound: decrypting needs the same. */
  async encrypt(keyId: string, plaintext: Uint8Array, context?: string): Promise<string> {
    const { jwe } = await this.#connection.json(
      operation(keyId, 'encrypt', {
        plaintext: base64url.encode(plaintext),
        ...(context === undefined ? {} : { context }),
      }),
      encryptAnswer,
    );
    return jwe;
  }

  /** Decrypts a compact JWE. Refused with `decrypt_failed` whatever the cause. */
  async decrypt(keyId: string, jwe: string, context?: string): Promise<Buffer> {
    const { plaintext } = await this.#connection.json(
      operation(keyId, 'decrypt', { jwe, ...(context === undefined ? {} : { context }) }),
      decryptAnswer,
    );
    return base64url.decode(plaintext);
  }

  /**
   * Signs up to 1000 signing inputs in one call; each has its own result, in order: a signature, or `KmsRefused`. Signs with
   * version `kid`, or with the current one.
   */
  async signBatch(
    keyId: string,
    items: readonly Uint8Array[],
    options: { kid?: string } = {},
  ): Promise<(KmsSignature | KmsRefused)[]> {
    const body = { ...options, items: items.map((item) => ({ signing_input: base64url.encode(item) })) };
    const answer = await this.#connection.json(operation(keyId, 'sign:batch', body), signBatchAnswer);
    if (answer.items.length !== items.length) throw new KmsUnavailable('unavailable');
    return answer.items.map((item) =>
      'error' in item
        ? new KmsRefused(item.error.code)
        : { signature: base64url.decode(item.signature), kid: item.kid },
    );
  }

  /** Whether the kms serves. Never throws. */
  async ready(): Promise<KmsReadiness> {
    try {
      const answer = await this.#connection.send({ method: 'GET', path: '/admin/v1/readyz' });
      const { status } = this.#connection.read(answer, readyAnswer);
      return { ready: answer.status === 200, status };
    } catch {
      return { ready: false, status: 'unreachable' };
    }
  }
}

const operation = (keyId: string, name: string, body: unknown) => ({
  method: 'POST' as const,
  path: `${prefix}/${encodeURIComponent(keyId)}/${name}`,
  body,
});
