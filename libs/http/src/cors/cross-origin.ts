import type { NextFunction, Request, RequestHandler, Response } from 'express';

export interface CrossOriginOptions {
  /** Whole origins, each compared as it is. None: no answer carries a permission. */
  origins: readonly string[];
  /** Only what begins with one of these paths may be called across origins; each ends with a slash (`/api/v1/`). */
  paths: readonly [`${string}/`, ...`${string}/`[]];
  /** Whether cookies of the browser may come along; default false. The origin is named in each answer, so a wildcard cannot meet them. */
  credentials?: boolean;
  /** Request headers beyond Authorization, Content-Type, Idempotency-Key and X-Request-Id that scripts may set. */
  requestHeaders?: readonly string[];
}

const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE';
const REQUEST_HEADERS = ['Authorization', 'Content-Type', 'Idempotency-Key', 'X-Request-Id'];
const ANSWER_HEADERS = [
  ...['X-Request-Id', 'Retry-After', 'WWW-Authenticate', 'Location', 'ETag'],
  ...['RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset'],
].join(', ');
const PREFLIGHT_SECONDS = 600;

/**
 * Lets scripts of listed origins call a service (Fetch standard, CORS protocol). Everything else gets no permission: a preflight of a
 * stranger is answered like any request with a method that the route does not have, and a browser keeps other answers from it.
 */
export function crossOrigin(options: CrossOriginOptions): RequestHandler {
  const origins = new Set(options.origins);
  const requestHeaders = [...REQUEST_HEADERS, ...(options.requestHeaders ?? [])].join(', ');
  return (request: Request, response: Response, next: NextFunction): void => {
    if (origins.size === 0 || !options.paths.some((path) => request.path.startsWith(path))) return next();
    // Caches must not give the answer for one origin to another.
    response.vary('Origin');
    const { origin } = request.headers;
    if (origin === undefined || !origins.has(origin)) return next();
    response.setHeader('Access-Control-Allow-Origin', origin);
    if (options.credentials) response.setHeader('Access-Control-Allow-Credentials', 'true');
    if (!isPreflight(request)) {
      response.setHeader('Access-Control-Expose-Headers', ANSWER_HEADERS);
      return next();
    }
    response.setHeader('Access-Control-Allow-Methods', METHODS);
    response.setHeader('Access-Control-Allow-Headers', requestHeaders);
    response.setHeader('Access-Control-Max-Age', String(PREFLIGHT_SECONDS));
    response.status(204).end();
  };
}

const isPreflight = ({ method, headers }: Request): boolean =>
  method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
