import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { ProblemFilter } from '../problem/problem-filter.js';
import { type InFlight, overloaded } from './in-flight.js';

/**
 * Answers 503 with Retry-After at once while too many requests wait for their answers: those that wait are still answered in time,
 * and memory stays bounded. `exempt` paths (health) are always served, so that a probe sees an overloaded service alive.
 */
export function shedLoad(
  inFlight: InFlight,
  exempt: ReadonlySet<string>,
  problems: Pick<ProblemFilter, 'answer'>,
): RequestHandler {
  return (request: Request, response: Response, next: NextFunction): void => {
    if (exempt.has(request.path)) return next();
    if (!inFlight.enter()) return problems.answer(overloaded(), request, response);
    response.once('close', () => inFlight.leave());
    next();
  };
}
