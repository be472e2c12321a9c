import { isDatabaseUnavailable } from '@cryptoutil/database';
import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { currentRequestId } from '@cryptoutil/telemetry';
import type { Request, Response } from 'express';
import type { VNode } from 'preact';
import { AuthorizationServerUnavailable, LoginRequestGone, WrongStep } from '../authorization-server/errors.js';
import { Environment } from '../environment.module.js';
import { TooManyPasswordChecks } from '../sign-in/password-check.js';
import { BadRequestPage, ExpiredPage, InternalErrorPage, UnavailablePage, WrongStepPage } from './error-pages.js';
import { PageResponder, type PageOptions } from './page-responder.js';

const RETRY_AFTER_SECONDS = 3;

/** Answers what goes wrong behind a page with a page that says what to do. */
@Catch()
export class PageErrors implements ExceptionFilter {
  constructor(
    private readonly pages: PageResponder,
    private readonly environment: Environment,
  ) {}

  catch(error: unknown, context: ArgumentsHost): void {
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    const [options, page] = this.answer(error, request);
    this.log(options.status ?? 500, error);
    this.pages.send(http.getResponse<Response>(), page, options);
  }

  private answer(error: unknown, request: Request): [PageOptions, VNode] {
    const props = { host: this.pages.host, reference: currentRequestId() };
    if (error instanceof LoginRequestGone) return [{ status: 410 }, <ExpiredPage {...props} />];
    if (error instanceof WrongStep) return [{ status: 409 }, <WrongStepPage {...props} />];
    const retryAfterSeconds = retryAfter(error);
    if (retryAfterSeconds !== undefined) {
      return [{ status: 503, retryAfterSeconds }, <UnavailablePage {...props} retryPath={retryPath(request)} />];
    }
    if (error instanceof HttpException && error.getStatus() < 500) {
      return [{ status: error.getStatus() }, <BadRequestPage {...props} />];
    }
    return [{ status: 500 }, <InternalErrorPage {...props} />];
  }

  private log(status: number, err: unknown): void {
    const { logger } = this.environment;
    if (status === 503) logger.warn({ err }, 'a page was not possible because a dependency is away');
    else if (status >= 500) logger.error({ err }, 'a page failed');
  }
}

const retryAfter = (error: unknown): number | undefined => {
  if (error instanceof AuthorizationServerUnavailable || error instanceof TooManyPasswordChecks)
    return error.retryAfterSeconds;
  return isDatabaseUnavailable(error) ? RETRY_AFTER_SECONDS : undefined;
};

/** The page to try again: where the browser is, or for a form post the page of the form, with its challenge. */
const retryPath = (request: Request): string => {
  const query = request.method === 'GET' ? request.query : (request.body as Record<string, unknown> | undefined);
  const challenge = query?.['login_challenge'];
  return typeof challenge === 'string'
    ? `${request.path}?${new URLSearchParams({ login_challenge: challenge }).toString()}`
    : request.path;
};
