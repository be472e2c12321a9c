import { HttpException } from '@nestjs/common';
import { AuthorizationServerUnavailable, InvalidToken, bearerChallenge } from '@cryptoutil/oauth';
import { Problem, unavailable } from './problem.js';

const codes: Readonly<Record<number, string>> = {
  400: 'invalid_request',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  406: 'not_acceptable',
  408: 'request_timeout',
  409: 'conflict',
  410: 'gone',
  412: 'precondition_failed',
  413: 'payload_too_large',
  415: 'unsupported_media_type',
  422: 'unprocessable',
  429: 'too_many_requests',
  503: 'unavailable',
};

/** Texts for what Express and its body parsers refuse; their own messages repeat pieces of the request. */
const details: Readonly<Record<number, string>> = {
  400: 'The request is not well formed.',
  404: 'There is nothing at this address.',
  413: 'The request body is too large.',
  415: 'The type or encoding of the request body is not supported.',
};

/**
 * What an error means to the client. Problems stand for themselves; an unreachable dependency is 503 with Retry-After; a refused access
 * token is 401; what the HTTP layer refused keeps its status; all else is 500 and says nothing.
 */
export function toProblem(error: unknown, isUnavailable: (error: unknown) => boolean = () => false): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof InvalidToken) return invalidToken(error);
  if (error instanceof AuthorizationServerUnavailable) {
    return unavailable('The authorization server does not answer right now; try again.', error.retryAfterSeconds);
  }
  if (isUnavailable(error)) {
    return unavailable('A service this one depends on does not answer right now; try again.', retryAfterSeconds(error));
  }
  if (error instanceof HttpException) return fromHttpException(error);
  return internal(error);
}

export function invalidToken(error: InvalidToken): Problem {
  const { code, description } = error;
  return new Problem({
    status: 401,
    code,
    detail: `${description}.`,
    headers: { 'WWW-Authenticate': bearerChallenge({ error: code, description }) },
    cause: error,
  });
}

function fromHttpException(error: HttpException): Problem {
  const status = error.getStatus();
  if (status < 400 || status > 599) return internal(error);
  // With a cause it is the HTTP layer's own; without one a feature wrote the text for the client.
  const authored = error.cause === undefined && !isNestOwn(error.message);
  const detail = authored ? error.message : (details[status] ?? 'The request cannot be served.');
  return new Problem({
    status,
    code: codes[status] ?? (status < 500 ? 'invalid_request' : 'internal'),
    detail,
    cause: error,
  });
}

/** Nest's own 404 repeats method and path. */
const isNestOwn = (message: string) => /^Cannot [A-Z-]+ /.test(message);

function internal(cause: unknown): Problem {
  return new Problem({
    status: 500,
    code: 'internal',
    detail: 'Something went wrong here. It has been logged.',
    cause,
  });
}

function retryAfterSeconds(error: unknown): number | undefined {
  const seconds = (error as { retryAfterSeconds?: unknown } | null)?.retryAfterSeconds;
  return typeof seconds === 'number' && Number.isFinite(seconds) ? seconds : undefined;
}
