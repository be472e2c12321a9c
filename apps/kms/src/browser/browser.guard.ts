import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { principalOf } from '@cryptoutil/http';
import type { Request } from 'express';
import { isBrowserRoute } from '../access/api-paths.js';
import { noteOf } from '../access/audited-request.js';
import { refusing } from '../errors/kms-error.interceptor.js';
import { BrowserRule } from './browser-rule.js';

/** Stands before the routes for web pages. Runs after the guard that asked for the token and its scope. */
@Injectable()
export class BrowserGuard implements CanActivate {
  constructor(private readonly rule: BrowserRule) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    if (!isBrowserRoute((request.route as { path?: unknown } | undefined)?.path)) return true;
    refusing(noteOf(request), () => this.rule.require(request, principalOf(request)?.token !== undefined));
    return true;
  }
}
