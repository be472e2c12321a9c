import type { IncomingMessage } from 'node:http';
import { bearerChallenge, bearerToken, usesBearerScheme } from '@cryptoutil/oauth';
import { Problem } from '../problem/problem.js';

/** The bearer token of a request. Throws 401 without one (and then no error code, RFC 6750 §3.1), 400 when it is malformed or given twice. */
export function presentedToken(request: IncomingMessage, scopes: readonly string[]): string {
  const { authorization } = request.headers;
  const token = bearerToken(authorization);
  if (timesGiven(request.rawHeaders) > 1 || (token === undefined && usesBearerScheme(authorization))) throw malformed();
  if (token === undefined) {
    throw new Problem({
      status: 401,
      code: 'token_required',
      detail: 'This needs an access token in the Authorization header.',
      headers: { 'WWW-Authenticate': bearerChallenge({ scope: scopes }) },
    });
  }
  return token;
}

const NAME = 'authorization';

/** How often the header is there. Names and values come in turn. */
function timesGiven(rawHeaders: readonly string[]): number {
  let times = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!;
    if (name.length === NAME.length && name.toLowerCase() === NAME) times += 1;
  }
  return times;
}

function malformed(): Problem {
  const description = 'The Authorization header is malformed';
  return new Problem({
    status: 400,
    code: 'invalid_request',
    detail: `${description}.`,
    headers: { 'WWW-Authenticate': bearerChallenge({ error: 'invalid_request', description }) },
  });
}

/** RFC 6750 §3.1: the token is good, but not for this. The challenge names what would be. */
export function insufficientScope(scopes: readonly string[]): Problem {
  const description = 'The access token does not carry the scope this needs';
  return new Problem({
    status: 403,
    code: 'insufficient_scope',
    detail: `${description}.`,
    headers: { 'WWW-Authenticate': bearerChallenge({ error: 'insufficient_scope', description, scope: scopes }) },
  });
}

/** RFC 9110 §15.5.2 wants a challenge with every 401; no registered scheme stands for a client certificate. */
export function clientCertificateRequired(): Problem {
  return new Problem({
    status: 401,
    code: 'client_certificate_required',
    detail: 'This needs a client certificate of the internal authority.',
    headers: { 'WWW-Authenticate': 'ClientCertificate' },
  });
}

export function identityNotAllowed(): Problem {
  return new Problem({ status: 403, code: 'identity_not_allowed', detail: 'This identity may not call this.' });
}
