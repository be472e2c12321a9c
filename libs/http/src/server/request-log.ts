import type { NextFunction, Request, Response } from 'express';
import { uuid } from '@cryptoutil/crypto';
import { peerIdentity } from '@cryptoutil/pki';
import { runWithRequest, type Logger } from '@cryptoutil/telemetry';
import { principalOf } from '../access/principal.js';

/** Long enough to be unique, short and plain enough to be harmless in a log or a header. */
const REQUEST_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{7,63}$/;
const MAX_PATH = 200;

const problems = new WeakMap<Request, string>();

/** Remembers the problem code that a request was answered with, for its log line. */
export function noteProblem(request: Request, code: string): void {
  problems.set(request, code);
}

/**
 * Gives every request an id (the peer's X-Request-Id when it is well formed, else a new one), answers with it, runs the rest as part of
 * it, and logs one line at the end. The line has the route's pattern, not the path: segments can be secrets. Never the query.
 */
export function requestLog(logger: Logger, quietPaths: ReadonlySet<string> = new Set()) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const given = request.headers['x-request-id'];
    const requestId = typeof given === 'string' && REQUEST_ID.test(given) ? given : uuid();
    const startedAt = performance.now();
    // Read now: the socket forgets its certificate when it is closed.
    const peer = peerIdentity(request.socket);
    const address = request.socket.remoteAddress;
    response.setHeader('X-Request-Id', requestId);
    response.once('close', () => {
      const level = quietPaths.has(request.path) && response.statusCode < 500 ? 'debug' : 'info';
      runWithRequest({ requestId }, () =>
        logger[level](line(request, response, startedAt, { peer, address }), 'request'),
      );
    });
    runWithRequest({ requestId }, next);
  };
}

function line(
  request: Request,
  response: Response,
  startedAt: number,
  from: { peer: string | undefined; address: string | undefined },
): Record<string, unknown> {
  const token = principalOf(request)?.token;
  return {
    method: request.method,
    route: routeOf(request),
    status: response.statusCode,
    duration_ms: Math.round((performance.now() - startedAt) * 10) / 10,
    ...from,
    client_id: token?.client_id,
    sub: token?.sub,
    problem: problems.get(request),
    aborted: response.writableFinished ? undefined : true,
  };
}

function routeOf(request: Request): string {
  const { path } = (request.route ?? {}) as { path?: unknown };
  if (typeof path === 'string') return path;
  return request.originalUrl.split('?', 1)[0]!.slice(0, MAX_PATH);
}
