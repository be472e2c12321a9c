import { type CanActivate, type ExecutionContext, Inject, Injectable } from '@nestjs/common';
import { Problem, principalOf } from '@cryptoutil/http';
import { bearerChallenge, bearerToken } from '@cryptoutil/oauth';
import type { Request } from 'express';
import { isBrowserRoute } from '../access/api-paths.js';
import { noteOf } from '../access/audited-request.js';
import { problemOf } from '../errors/kms-error.interceptor.js';
import { KmsError, type RefusalCode } from '../errors/kms-error.js';
import { CSRF_HEADER } from './browser-cors.js';
import { browserCookie, csrfTokenMatches } from './csrf-token.js';

/** Origins whose scripts may call: those of the setting, and the kms's own (Swagger UI). */
export const BROWSER_ORIGINS = Symbol('BROWSER_ORIGINS');

const safeMethods = new Set(['GET', 'HEAD']);

/**
 * What stands before the routes for web pages beside the access token: which page asks, and that it means to. Runs after the guard that asked
 * for the token and its scope.
 */
@Injectable()
export class BrowserGuard implements CanActivate {
  constructor(@Inject(BROWSER_ORIGINS) private readonly origins: readonly string[]) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<Request>();
    if (!isBrowserRoute((request.route as { path?: unknown } | undefined)?.path)) return true;
    // A browser sends a client certificate by itself, as it does a cookie: it says nothing about what the page may do.
    if (!principalOf(request)?.token) throw tokenRequired();
    const safe = safeMethods.has(request.method);
    if (!this.#comesFromListedPage(request, safe)) throw refused(request, 'origin_not_allowed');
    if (!safe && !carriesCsrfToken(request)) throw refused(request, 'csrf_token_invalid');
    return true;
  }

  /** Browsers name the origin with every request that changes something or crosses origins (Fetch standard, `Origin` header). */
  #comesFromListedPage({ headers }: Request, safe: boolean): boolean {
    if (headers.origin !== undefined) return this.origins.includes(headers.origin);
    return safe && ['same-origin', 'none', undefined].includes(headers['sec-fetch-site'] as string | undefined);
  }
}

function carriesCsrfToken({ headers }: Request): boolean {
  const accessToken = bearerToken(headers.authorization);
  const cookie = browserCookie(headers.cookie);
  const given = headers[CSRF_HEADER.toLowerCase()];
  if (accessToken === undefined || cookie === undefined || typeof given !== 'string') return false;
  return csrfTokenMatches(accessToken, cookie, given);
}

function refused(request: Request, code: RefusalCode): Problem {
  noteOf(request).refusal = code;
  return problemOf(new KmsError(code));
}

const tokenRequired = (): Problem =>
  new Problem({
    status: 401,
    code: 'token_required',
    detail: 'This needs an access token in the Authorization header; a client certificate does not count here.',
    headers: { 'WWW-Authenticate': bearerChallenge({}) },
  });
