import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { meter } from '@cryptoutil/telemetry';
import { unavailable } from '../problem/problem.js';
import type { ProblemFilter } from '../problem/problem-filter.js';

/**
 * Answers 503 with Retry-After at once while `maxInFlight` requests wait for their answers: those that wait are still answered in time,
 * and memory stays bounded. `exempt` paths (health) are always served, so that a probe sees an overloaded service alive.
 */
export function shedLoad(
  maxInFlight: number,
  exempt: ReadonlySet<string>,
  problems: Pick<ProblemFilter, 'answer'>,
): RequestHandler {
  let inFlight = 0;
  const shed = meter().createCounter('cryptoutil.http.shed', {
    description: 'Requests answered with 503 because too many were in flight',
  });
  return (request: Request, response: Response, next: NextFunction): void => {
    if (exempt.has(request.path)) return next();
    if (inFlight >= maxInFlight) {
      shed.add(1);
      return problems.answer(
        unavailable('Too many requests are being served; try again.', 1, 'overloaded'),
        request,
        response,
      );
    }
    inFlight += 1;
    response.once('close', () => (inFlight -= 1));
    next();
  };
}
