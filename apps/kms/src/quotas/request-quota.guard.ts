import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { BucketTable, principalOf } from '@cryptoutil/http';
import type { Request } from 'express';
import { noteOf } from '../access/audited-request.js';
import { tenantOf } from '../access/caller.js';
import { problemOf } from '../errors/kms-error.interceptor.js';
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
export class RequestQuotaGuard implements CanActivate {
  readonly #callers: BucketTable;
  readonly #tenants: BucketTable;

  constructor(@Inject(QUOTAS) quotas: Quotas) {
    this.#callers = new BucketTable(rate(quotas.callerRequestsPerSecond), CALLERS);
    this.#tenants = new BucketTable(rate(quotas.tenantRequestsPerSecond), TENANTS);
  }

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    const token = principalOf(request)?.token;
    if (!token) return true;
    const now = performance.now();
    // The caller first: who is beyond the own limit takes nothing from the others of the tenant.
    const caller = this.#callers.of(JSON.stringify([token.client_id, token.sub]), now);
    if (!caller.take(now)) throw refused(request, 'requests_of_caller', caller.retryAfterSeconds);
    const tenant = this.#tenants.of(tenantOf(token), now);
    if (!tenant.take(now)) throw refused(request, 'requests_of_tenant', tenant.retryAfterSeconds);
    return true;
  }
}

function refused(request: Request, quota: string, retryAfterSeconds: number) {
  noteOf(request).refusal = 'quota_exceeded';
  return problemOf(new KmsError('quota_exceeded', { quota }, { retryAfterSeconds }));
}
