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

/** Which scripts may read which answers. */
export class CrossOrigin {
  private readonly origins: ReadonlySet<string>;
  private readonly requestHeaders: string;

  constructor(private readonly options: CrossOriginOptions) {
    this.origins = new Set(options.origins);
    this.requestHeaders = [...REQUEST_HEADERS, ...(options.requestHeaders ?? [])].join(', ');
  }

  /** Header names and values for the answer at `path` to a script of `origin`. Caches must not give the answer for one origin to another. */
  headers(path: string, origin: string | undefined, preflight = false): [name: string, value: string][] {
    const { origins, options } = this;
    if (origins.size === 0 || !options.paths.some((open) => path.startsWith(open))) return [];
    if (origin === undefined || !origins.has(origin)) return [['Vary', 'Origin']];
    return [
      ['Vary', 'Origin'],
      ['Access-Control-Allow-Origin', origin],
      ...(options.credentials ? [['Access-Control-Allow-Credentials', 'true'] as [string, string]] : []),
      ...(preflight ? this.preflight() : [['Access-Control-Expose-Headers', ANSWER_HEADERS] as [string, string]]),
    ];
  }

  private preflight(): [string, string][] {
    return [
      ['Access-Control-Allow-Methods', METHODS],
      ['Access-Control-Allow-Headers', this.requestHeaders],
      ['Access-Control-Max-Age', String(PREFLIGHT_SECONDS)],
    ];
  }
}

/**
 * Lets scripts of listed origins call a service (Fetch standard, CORS protocol). Everything else gets no permission: a preflight of a
 * stranger is answered like any request with a method that the route does not have, and a browser keeps other answers from it.
 */
export function crossOrigin(rule: CrossOrigin): RequestHandler {
  return (request: Request, response: Response, next: NextFunction): void => {
    const preflight = isPreflight(request);
    const headers = rule.headers(request.path, request.headers.origin, preflight);
    for (const [name, value] of headers) response.setHeader(name, value);
    if (preflight && headers.length > 1) response.status(204).end();
    else next();
  };
}

const isPreflight = ({ method, headers }: Request): boolean =>
  method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
