import type { IncomingMessage } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { Problem } from '@cryptoutil/http';
import { bearerChallenge, bearerToken } from '@cryptoutil/oauth';
import { KmsError } from '../errors/kms-error.js';
import { CSRF_HEADER } from './browser-cors.js';
import { browserCookie, csrfTokenMatches } from './csrf-token.js';

/** Origins whose scripts may call: those of the setting, and the kms's own (Swagger UI). */
export const BROWSER_ORIGINS = Symbol('BROWSER_ORIGINS');

const safeMethods = new Set<string | undefined>(['GET', 'HEAD']);

/** What is asked of calls to the routes for web pages beside the access token: which page asks, and that it means to. */
@Injectable()
export class BrowserRule {
  constructor(@Inject(BROWSER_ORIGINS) private readonly origins: readonly string[]) {}

  /** `byToken`: an access token let the request in. Errors: `Problem` `token_required`, `origin_not_allowed`, `csrf_token_invalid`. */
  require(request: IncomingMessage, byToken: boolean): void {
    // A browser sends a client certificate by itself, as it does a cookie: it says nothing about what the page may do.
    if (!byToken) throw tokenRequired();
    const safe = safeMethods.has(request.method);
    if (!this.#comesFromListedPage(request, safe)) throw new KmsError('origin_not_allowed');
    if (!safe && !carriesCsrfToken(request)) throw new KmsError('csrf_token_invalid');
  }

  /** Browsers name the origin with every request that changes something or crosses origins (Fetch standard, `Origin` header). */
  #comesFromListedPage({ headers }: IncomingMessage, safe: boolean): boolean {
    if (headers.origin !== undefined) return this.origins.includes(headers.origin);
    return safe && ['same-origin', 'none', undefined].includes(headers['sec-fetch-site'] as string | undefined);
  }
}

function carriesCsrfToken({ headers }: IncomingMessage): boolean {
  const accessToken = bearerToken(headers.authorization);
  const cookie = browserCookie(headers.cookie);
  const given = headers[CSRF_HEADER.toLowerCase()];
  if (accessToken === undefined || cookie === undefined || typeof given !== 'string') return false;
  return csrfTokenMatches(accessToken, cookie, given);
}

const tokenRequired = (): Problem =>
  new Problem({
    status: 401,
    code: 'token_required',
    detail: 'This needs an access token in the Authorization header; a client certificate does not count here.',
    headers: { 'WWW-Authenticate': bearerChallenge({}) },
  });
