import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { HandOverHash } from './hand-over-hash.js';
import type { InteractionPayload } from './interaction-payload.js';
import type { LoginRequestStore } from './login-request.store.js';

/** oidc-provider's storage of interactions: a row of `login_request`, which idp answers and the verifier releases. */
export class InteractionAdapter implements Adapter {
  constructor(
    private readonly store: LoginRequestStore,
    private readonly hash: HandOverHash,
  ) {}

  async upsert(uid: string, payload: AdapterPayload, expiresIn: number): Promise<void> {
    // The session cookie's value and the uid are bearer values: the row does without them.
    const { jti: _uid, session, ...rest } = payload as AdapterPayload & { session?: Record<string, unknown> };
    const { cookie: _cookie, ...storedSession } = session ?? {};
    const stored = { ...rest, ...(session && { session: storedSession }) } as unknown as InteractionPayload;
    const challengeHash = this.hash.challenge(this.hash.challengeFor(uid));
    await this.store.put(this.hash.uid(uid), challengeHash, stored, expiresIn);
  }

  async find(uid: string): Promise<AdapterPayload | undefined> {
    const payload = await this.store.find(this.hash.uid(uid));
    return payload && ({ ...payload, jti: uid } as AdapterPayload);
  }

  async destroy(uid: string): Promise<void> {
    await this.store.remove(this.hash.uid(uid));
  }

  findByUid(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  findByUserCode(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  consume(): Promise<void> {
    return Promise.resolve();
  }

  revokeByGrantId(): Promise<void> {
    return Promise.resolve();
  }
}
