import { Inject, Injectable } from '@nestjs/common';
import { BucketTable } from '@cryptoutil/http';
import type { AccessTokenClaims } from '@cryptoutil/oauth';
import { tenantOf } from '../access/caller.js';
import { KmsError } from '../errors/kms-error.js';
import { QUOTAS } from './quotas.token.js';
import type { Quotas } from './quota-settings.js';

const CALLERS = 50_000;
const TENANTS = 1_000;
const rate = (perSecond: number) => ({ perSecond, burst: perSecond });

/**
 * Requests a second of a caller and of a tenant, in the memory of this process. Services of the suite are not counted: they are limited where
 * they serve others, and a token that cannot be signed is an outage.
 */
@Injectable()
export class RequestQuotas {
  readonly #callers: BucketTable;
  readonly #tenants: BucketTable;

  constructor(@Inject(QUOTAS) quotas: Quotas) {
    this.#callers = new BucketTable(rate(quotas.callerRequestsPerSecond), CALLERS);
    this.#tenants = new BucketTable(rate(quotas.tenantRequestsPerSecond), TENANTS);
  }

  /** Counts a request that an access token let in. Errors: `quota_exceeded`. */
  require(token: Pick<AccessTokenClaims, 'client_id' | 'sub' | 'tenant'> | undefined): void {
    if (!token) return;
    const now = performance.now();
    // The caller first: who is beyond the own limit takes nothing from the others of the tenant.
    const caller = this.#callers.of(JSON.stringify([token.client_id, token.sub]), now);
    if (!caller.take(now)) throw exceeded('requests_of_caller', caller.retryAfterSeconds);
    const tenant = this.#tenants.of(tenantOf(token), now);
    if (!tenant.take(now)) throw exceeded('requests_of_tenant', tenant.retryAfterSeconds);
  }
}

const exceeded = (quota: string, retryAfterSeconds: number) =>
  new KmsError('quota_exceeded', { quota }, { retryAfterSeconds });
