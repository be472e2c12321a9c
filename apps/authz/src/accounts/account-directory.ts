import { Injectable } from '@nestjs/common';
import type { Account as ProviderAccount } from 'oidc-provider';
import { request, type Dispatcher } from 'undici';
import { z } from 'zod';

const accountSchema = z.object({ sub: z.string(), active: z.boolean(), claims: z.record(z.string(), z.unknown()) });
const sessionSchema = z.object({ sub: z.string() });

/** idp cannot be asked right now; requests that need it answer 503. */
export class IdpUnavailable extends Error {
  readonly retryAfterSeconds = 2;
  override readonly name = 'IdpUnavailable';
}

/** The people idp knows, asked over mTLS. */
@Injectable()
export class AccountDirectory {
  constructor(
    private readonly idpUrl: string,
    private readonly dispatcher: Dispatcher,
  ) {}

  /** The account behind a subject; undefined when it is unknown, disabled or deleted. Rejects with IdpUnavailable. */
  async find(sub: string): Promise<ProviderAccount | undefined> {
    const { status, body } = await this.call('GET', `/internal/v1/users/${encodeURIComponent(sub)}`);
    if (status === 404) return undefined;
    if (status !== 200) throw new IdpUnavailable(`idp answered ${status} for an account`);
    const account = accountSchema.parse(body);
    if (!account.active || account.sub !== sub) return undefined;
    return { accountId: sub, claims: () => ({ ...account.claims, sub }) };
  }

  /** Whether a session of idp goes on and is this person's. Asking is a use of it. Rejects with IdpUnavailable. */
  async hasSession(idpSession: string, sub: string): Promise<boolean> {
    const { status, body } = await this.call('GET', `/internal/v1/sessions/${encodeURIComponent(idpSession)}`);
    if (status === 404) return false;
    if (status !== 200) throw new IdpUnavailable(`idp answered ${status} for a session`);
    return sessionSchema.parse(body).sub === sub;
  }

  /** Ends a session of idp; also fine when it is gone already. */
  async endSession(idpSession: string): Promise<void> {
    const { status } = await this.call('DELETE', `/internal/v1/sessions/${encodeURIComponent(idpSession)}`);
    if (status !== 204 && status !== 404) throw new IdpUnavailable(`idp answered ${status} for a sign-out`);
  }

  private async call(method: 'GET' | 'DELETE', path: string): Promise<{ status: number; body: unknown }> {
    try {
      const response = await request(`${this.idpUrl}${path}`, {
        method,
        dispatcher: this.dispatcher,
        headersTimeout: 3_000,
        bodyTimeout: 3_000,
      });
      const text = await response.body.text();
      return { status: response.statusCode, body: text && response.statusCode === 200 ? JSON.parse(text) : undefined };
    } catch (error) {
      throw new IdpUnavailable('idp cannot be reached', { cause: error });
    }
  }
}
