import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { principalOf } from '@cryptoutil/http';
import type { Request } from 'express';
import { noteOf } from '../access/audited-request.js';
import { refusing } from '../errors/kms-error.interceptor.js';
import { RequestQuotas } from './request-quotas.js';

/** Counts the requests of the framework's routes. */
@Injectable()
export class RequestQuotaGuard implements CanActivate {
  constructor(private readonly quotas: RequestQuotas) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    refusing(noteOf(request), () => this.quotas.require(principalOf(request)?.token));
    return true;
  }
}
