import type { IncomingMessage } from 'node:http';
import type { NextFunction, Request, Response } from 'express';
import { uuid } from '@cryptoutil/crypto';
import type { AccessTokenClaims } from '@cryptoutil/oauth';
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

/** The peer's X-Request-Id when it is well formed, else a new one. */
export function requestIdOf({ headers }: IncomingMessage): string {
  const given = headers['x-request-id'];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : uuid();
}

/**
 * Gives every request an id (the peer's X-Request-Id when it is well formed, else a new one), answers with it, runs the rest as part of
 * it, and logs one line at the end. The line has the route's pattern, not the path: segments can be secrets. Never the query.
 */
export function requestLog(logger: Logger, quietPaths: ReadonlySet<string> = new Set()) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const requestId = requestIdOf(request);
    const startedAt = performance.now();
    // Read now: the socket forgets its certificate when it is closed.
    const peer = peerIdentity(request.socket);
    const address = request.socket.remoteAddress;
    response.setHeader('X-Request-Id', requestId);
    response.once('close', () => {
      const level = quietPaths.has(request.path) && response.statusCode < 500 ? 'debug' : 'info';
      const fields = requestLine({
        method: request.method,
        route: routeOf(request),
        status: response.statusCode,
        startedAt,
        from: { peer, address },
        token: principalOf(request)?.token,
        problem: problems.get(request),
        whole: response.writableFinished,
      });
      runWithRequest({ requestId }, () => logger[level](fields, 'request'));
    });
    runWithRequest({ requestId }, next);
  };
}

/** What a request's line is made of. */
export interface AnsweredRequest {
  readonly method: string;
  /** The pattern of its route, or its path where it has none. */
  readonly route: string;
  readonly status: number;
  /** Of `performance.now()`. */
  readonly startedAt: number;
  readonly from: { readonly peer: string | undefined; readonly address: string | undefined };
  readonly token: Pick<AccessTokenClaims, 'client_id' | 'sub'> | undefined;
  /** Code of the problem that was the answer. */
  readonly problem: string | undefined;
  /** Whether the answer was sent to its end. */
  readonly whole: boolean;
}

/** The fields of the line that each request has in the log. */
export const requestLine = ({ method, route, status, startedAt, from, token, problem, whole }: AnsweredRequest) => ({
  method,
  route,
  status,
  duration_ms: Math.round((performance.now() - startedAt) * 10) / 10,
  peer: from.peer,
  address: from.address,
  client_id: token?.client_id,
  sub: token?.sub,
  problem,
  aborted: whole ? undefined : true,
});

function routeOf(request: Request): string {
  const { path } = (request.route ?? {}) as { path?: unknown };
  if (typeof path === 'string') return path;
  return request.originalUrl.split('?', 1)[0]!.slice(0, MAX_PATH);
}
