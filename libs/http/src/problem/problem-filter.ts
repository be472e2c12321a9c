import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Request, Response } from 'express';
import { currentRequestId, type Logger } from '@cryptoutil/telemetry';
import { noteProblem } from '../server/request-log.js';
import { allowedMethods } from './allowed-methods.js';
import { Problem } from './problem.js';
import { toProblem } from './to-problem.js';

/** An error as it is answered. */
export interface ProblemAnswer {
  readonly code: string;
  readonly status: number;
  /** Beside those that every answer has. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

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
    const { code, status, headers, body } = this.write(
      wrongMethod(toProblem(error, this.isUnavailable), request),
      error,
    );
    noteProblem(request, code);
    if (response.headersSent) {
      // Half an answer must not look like a whole one.
      response.destroy();
      return;
    }
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.setHeader('Cache-Control', 'no-store');
    response.status(status).send(body);
  }

  /** The problem document that an error is answered with, logged where it is our fault; for servers without Express. */
  document(error: unknown): ProblemAnswer {
    return this.write(toProblem(error, this.isUnavailable), error);
  }

  private write(problem: Problem, error: unknown): ProblemAnswer {
    const { code } = problem;
    const status = problem.getStatus();
    // Of what is shed under load there is the line of the request and a count; more would make the load worse.
    if (status >= 500 && code !== 'overloaded') this.log(status, code, problem.cause ?? error);
    return {
      ...{ code, status },
      headers: { ...problem.headers, 'Content-Type': 'application/problem+json; charset=utf-8' },
      body: JSON.stringify({ ...problem.document(), request_id: currentRequestId() }),
    };
  }

  private log(status: number, code: string, err: unknown): void {
    if (status === 503) this.logger.warn({ err, problem: code }, 'a dependency is unavailable');
    else this.logger.error({ err, problem: code }, 'a request failed');
  }
}

/** A path that exists under other methods is 405 with Allow (RFC 9110 §15.5.6), not 404. */
function wrongMethod(problem: Problem, request: Request): Problem {
  if (problem.getStatus() !== 404 || problem.code !== 'not_found' || isServed(request)) return problem;
  const allowed = allowedMethods(request);
  if (allowed.length === 0) return problem;
  return new Problem({
    status: 405,
    code: 'method_not_allowed',
    detail: 'This address does not serve that method.',
    headers: { Allow: allowed.join(', ') },
  });
}

/** Whether a route answered. Express names the route of the path for HEAD even when it has no GET. */
function isServed(request: Request): boolean {
  const route = request.route as { methods?: Record<string, boolean> } | undefined;
  if (request.method !== 'HEAD' || route?.methods === undefined) return route !== undefined;
  return route.methods['get'] === true || route.methods['head'] === true;
}
