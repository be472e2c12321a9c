import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { currentRequestId, type Logger } from '@cryptoutil/telemetry';
import { noteProblem } from '../server/request-log.js';
import { allowedMethods } from './allowed-methods.js';
import { Problem } from './problem.js';
import { toProblem } from './to-problem.js';

/** Answers every error with a problem document (RFC 9457) that carries `code` and `request_id`; logs those that are our fault. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly logger: Logger,
    private readonly isUnavailable?: (error: unknown) => boolean,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<Request>(), http.getResponse<Response>());
  }

  /** For handlers outside of Nest's routes. */
  answer(error: unknown, request: Request, response: Response): void {
    const problem = wrongMethod(toProblem(error, this.isUnavailable), request);
    const status = problem.getStatus();
    // Of what is shed under load there is the line of the request and a count; more would make the load worse.
    if (status >= 500 && problem.code !== 'overloaded') this.log(status, problem.code, problem.cause ?? error);
    noteProblem(request, problem.code);
    if (response.headersSent) {
      // Half an answer must not look like a whole one.
      response.destroy();
      return;
    }
    for (const [name, value] of Object.entries(problem.headers)) response.setHeader(name, value);
    response.setHeader('Cache-Control', 'no-store');
    response.status(status).type('application/problem+json');
    response.send(JSON.stringify({ ...problem.document(), request_id: currentRequestId() }));
  }

  private log(status: number, code: string, err: unknown): void {
    if (status === 503) this.logger.warn({ err, problem: code }, 'a dependency is unavailable');
    else this.logger.error({ err, problem: code }, 'a request failed');
  }
}

/** A path that exists under other methods is 405 with Allow (RFC 9110 §15.5.6), not 404. */
function wrongMethod(problem: Problem, request: Request): Problem {
  if (problem.getStatus() !== 404 || problem.code !== 'not_found' || request.route !== undefined) return problem;
  const allowed = allowedMethods(request);
  if (allowed.length === 0) return problem;
  return new Problem({
    status: 405,
    code: 'method_not_allowed',
    detail: 'This address does not serve that method.',
    headers: { Allow: allowed.join(', ') },
  });
}
