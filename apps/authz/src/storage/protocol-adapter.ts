import { errors, type Adapter, type AdapterPayload } from 'oidc-provider';
import type { ArtifactHash } from './artifact-hash.js';
import type { ArtifactStore } from './artifact.store.js';
import type { ProtocolDatabase } from './protocol-database.js';

/** Told when a code or refresh token is presented again after its grant was put at risk. */
export type ReplayAlarm = (replayed: { model: string; clientId: string | undefined; grantHash: string }) => void;

/**
 * oidc-provider's storage for one model on PostgreSQL. Differs from the stock adapters where they find first and write
 * later: `consume` claims by compare-and-set and whoever loses the claim ends the whole grant.
 */
export class ProtocolAdapter implements Adapter {
  constructor(
    private readonly model: string,
    private readonly store: ArtifactStore,
    private readonly hash: ArtifactHash,
    private readonly database: ProtocolDatabase,
    private readonly alarm: ReplayAlarm,
  ) {}

  async upsert(id: string, payload: AdapterPayload, expiresIn: number): Promise<void> {
    // The identifier is the bearer value itself: it is given back on find and never stored.
    const { jti: _id, ...stored } = payload;
    const isStored = await this.store.put({
      model: this.model,
      idHash: this.hash.of(this.model, id),
      payload: stored,
      grantHash: payload.grantId === undefined ? undefined : this.grantHash(payload.grantId),
      uidHash: payload.uid === undefined ? undefined : this.hash.of(`${this.model}.uid`, payload.uid),
      ttlSeconds: expiresIn,
      once: this.model === 'ReplayDetection',
    });
    if (isStored) return;
    if (this.model === 'ReplayDetection') throw new errors.InvalidClientAuth('jti was used before');
    throw new errors.InvalidGrant('grant was revoked');
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const found = await this.store.find(this.model, this.hash.of(this.model, id));
    return found && { ...found.payload, jti: id, ...(found.consumed && { consumed: true }) };
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    const found = await this.store.findByUid(this.model, this.hash.of(`${this.model}.uid`, uid));
    return found?.payload;
  }

  async consume(id: string): Promise<void> {
    const idHash = this.hash.of(this.model, id);
    const found = await this.store.find(this.model, idHash);
    const grantHash = this.grantHash(String(found?.payload['grantId']));
    if (found && (await this.claim(idHash, grantHash))) return;
    // Uncertain who holds the tokens of the other redemption: nobody keeps them (RFC 9700 §2.1.1, §4.14.2).
    this.alarm({ model: this.model, clientId: found?.payload['clientId'] as string | undefined, grantHash });
    this.database.discardAndThen(() => this.store.revokeGrant(grantHash));
    throw new errors.InvalidGrant(`${this.model} was used before`);
  }

  async destroy(id: string): Promise<void> {
    const idHash = this.hash.of(this.model, id);
    if (this.model === 'Grant') return this.store.revokeGrant(idHash);
    const found = grantBound.has(this.model) ? await this.store.find(this.model, idHash) : undefined;
    const grantId = found?.payload['grantId'];
    await this.store.remove(this.model, idHash, typeof grantId === 'string' ? this.grantHash(grantId) : undefined);
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await this.store.removeByGrant(this.model, this.grantHash(grantId));
  }

  findByUserCode(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  private async claim(idHash: string, grantHash: string): Promise<boolean> {
    if (this.model !== 'RefreshToken') return this.store.consume(this.model, idHash, grantHash);
    return (await this.store.consumeRefreshToken(idHash, grantHash)) !== 'replayed';
  }

  private grantHash(grantId: string): string {
    return this.hash.of('Grant', grantId);
  }
}

const grantBound = new Set(['AccessToken', 'AuthorizationCode', 'RefreshToken']);
