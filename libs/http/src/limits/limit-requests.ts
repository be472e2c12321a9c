import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { peerIdentity } from '@cryptoutil/pki';
import { meter } from '@cryptoutil/telemetry';
import { Problem } from '../problem/problem.js';
import type { ProblemFilter } from '../problem/problem-filter.js';
import { AddressLimits, type RateLimitSettings, type Verdict } from './address-limits.js';

/** A route that anybody can make this process work with. The first that fits a request counts. */
export interface LimitedRoute {
  /** The exact path, or with a slash at its end all that begins with it. Letter case does not matter, as in routing. */
  readonly path: `/${string}`;
  /** Default: every method. */
  readonly method?: 'GET' | 'POST';
  /** How many simple requests one of these stands for (rows written, passwords hashed); default 1. */
  readonly cost?: number;
}

const DETAIL = 'Too many requests. Please try again later.';

/**
 * Refuses requests to the given routes beyond the limits of the address they come from, and of all addresses: 429 with Retry-After
 * (RFC 6585 §4), RateLimit headers on every answer. Callers that show an internal identity by their certificate are not counted.
 */
export function limitRequests(
  routes: readonly LimitedRoute[],
  settings: RateLimitSettings,
  problems: Pick<ProblemFilter, 'answer'>,
): RequestHandler {
  const limits = new AddressLimits(settings);
  const refused = meter().createCounter('cryptoutil.http.rate_limited', {
    description: 'Requests refused with 429, by the limit that refused them',
  });
  return (request: Request, response: Response, next: NextFunction): void => {
    const route = routes.find((candidate) => fits(candidate, request));
    if (!route || peerIdentity(request.socket) !== undefined) return next();
    const verdict = limits.take(request.socket.remoteAddress ?? '', route.cost);
    response.setHeader('RateLimit-Limit', verdict.limit);
    response.setHeader('RateLimit-Remaining', verdict.remaining);
    response.setHeader('RateLimit-Reset', verdict.resetSeconds);
    if (verdict.refusedBy === undefined) return next();
    refused.add(1, { limit: verdict.refusedBy });
    problems.answer(tooManyRequests(verdict), request, response);
  };
}

const tooManyRequests = ({ retryAfterSeconds }: Verdict): Problem =>
  new Problem({
    status: 429,
    code: 'too_many_requests',
    detail: DETAIL,
    headers: { 'Retry-After': String(retryAfterSeconds) },
    // For OAuth clients, which read `error` (RFC 6749 §5.2).
    extensions: { error: 'temporarily_unavailable', error_description: DETAIL },
  });

function fits({ path, method }: LimitedRoute, request: Request): boolean {
  if (method !== undefined && request.method !== method) return false;
  const asked = request.path.toLowerCase();
  return path.endsWith('/') ? asked.startsWith(path) : asked === path || asked === `${path}/`;
}
