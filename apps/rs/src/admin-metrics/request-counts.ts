import { Injectable } from '@nestjs/common';
import type { NextFunction, Request, Response } from 'express';

/** How often a route was answered with a status. */
export interface RequestCount {
  method: string;
  /** The route's pattern, or `unmatched`: what clients invent never becomes a row of its own. */
  route: string;
  status: number;
  count: number;
}

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

const patternOf = ({ route }: Request): string => {
  const path: unknown = (route as { path?: unknown } | undefined)?.path;
  return typeof path === 'string' ? path : 'unmatched';
};

/** Counts the answers of this process since its start, by method, route pattern and status. */
@Injectable()
export class RequestCounts {
  readonly #counts = new Map<string, RequestCount>();

  /** Express middleware; counts an answer when it has been handed to the connection. */
  readonly middleware = (request: Request, response: Response, next: NextFunction): void => {
    response.once('finish', () => this.record(request.method, patternOf(request), response.statusCode));
    next();
  };

  record(method: string, route: string, status: number): void {
    const known = methods.has(method) ? method : 'other';
    const key = `${known} ${route} ${status}`;
    const entry = this.#counts.get(key) ?? { method: known, route, status, count: 0 };
    entry.count += 1;
    this.#counts.set(key, entry);
  }

  get total(): number {
    return this.all().reduce((sum, { count }) => sum + count, 0);
  }

  /** Every row, by route, method and status. */
  all(): RequestCount[] {
    const byName = (a: RequestCount, b: RequestCount) =>
      a.route.localeCompare(b.route) || a.method.localeCompare(b.method) || a.status - b.status;
    return [...this.#counts.values()].map((row) => ({ ...row })).sort(byName);
  }
}
