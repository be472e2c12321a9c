import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { CheckFailed } from '@cryptoutil/http';
import { BatchedSigner, type KmsClient, type KmsKey } from '@cryptoutil/kms-client';
import type { Logger } from '@cryptoutil/telemetry';
import { EventEmitter } from 'node:events';
import { KmsSigningKey } from './kms-signing-key.js';
import { SigningKeyStore, type PublishedKey } from './signing-key.store.js';

/** Name of the elastic key that the key service keeps for authz. */
const keyName = 'token-signing';
const refreshMilliseconds = 60_000;
const retryMilliseconds = 1_000;

/**
 * The signing keys that are published, the one that signs first. They come from the key service, are remembered in the
 * database, and are looked at again every minute: a change emits `changed` and the provider is rebuilt on it.
 */
@Injectable()
export class SigningKeys
  extends EventEmitter<{ changed: [] }>
  implements OnApplicationBootstrap, OnApplicationShutdown
{
  private published: PublishedKey[] = [];
  private elasticKey: KmsKey | undefined;
  private readonly signers = new Map<string, BatchedSigner>();
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(
    private readonly kms: KmsClient,
    private readonly store: SigningKeyStore,
    private readonly logger: Logger,
  ) {
    super();
  }

  async onApplicationBootstrap(): Promise<void> {
    try {
      this.adopt(await this.store.all());
    } catch (error) {
      this.logger.warn({ err: error }, 'remembered signing keys could not be read');
    }
    await this.poll();
  }

  onApplicationShutdown(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** Keys for the provider; empty until the key service or the database has told them once. */
  keys(): KmsSigningKey[] {
    return this.published.map(
      ({ public_jwk, kid, alg }) => new KmsSigningKey({ ...public_jwk, kid, alg }, (id, data) => this.sign(id, data)),
    );
  }

  /** Fails with a reason while tokens cannot be signed. */
  async check(): Promise<void> {
    if (this.published.length === 0) throw new CheckFailed('no signing key has been published yet');
    const { ready, status } = await this.kms.ready();
    if (!ready) throw new CheckFailed(`the key service is ${status}`);
  }

  /** Asks the key service now. Rejects when it cannot be reached. */
  async refresh(): Promise<void> {
    this.elasticKey = await this.kms.findKey(keyName);
    const jwks = await this.kms.publicKeys(this.elasticKey.id);
    const current = this.elasticKey.currentKid;
    const keys = jwks.map((jwk) => ({
      kid: jwk.kid,
      alg: String(jwk['alg']),
      public_jwk: { ...jwk },
      is_current: jwk.kid === current,
    }));
    if (fingerprint(keys) !== fingerprint(this.published)) await this.store.replace(keys);
    this.adopt(await this.store.all());
  }

  private adopt(keys: PublishedKey[]): void {
    const isSame = keys.map(({ kid }) => kid).join() === this.published.map(({ kid }) => kid).join();
    this.published = keys;
    if (!isSame) this.emit('changed');
  }

  private async sign(kid: string, data: Uint8Array): Promise<Uint8Array> {
    this.elasticKey ??= await this.kms.findKey(keyName);
    let signer = this.signers.get(kid);
    if (!signer) this.signers.set(kid, (signer = new BatchedSigner(this.kms, this.elasticKey.id, kid)));
    return signer.sign(data);
  }

  private async poll(): Promise<void> {
    let delay = refreshMilliseconds;
    try {
      await this.refresh();
    } catch (error) {
      if (this.published.length === 0) delay = retryMilliseconds;
      this.logger.warn({ err: error }, 'the key service did not answer; the keys known so far stay published');
    }
    if (!this.stopped) this.timer = setTimeout(() => void this.poll(), delay).unref();
  }
}

const fingerprint = (keys: PublishedKey[]): string =>
  keys
    .map(({ kid, is_current }) => `${kid}${is_current ? '*' : ''}`)
    .sort()
    .join();
