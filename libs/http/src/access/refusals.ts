import type { IncomingMessage } from 'node:http';
import { bearerChallenge, bearerToken, usesBearerScheme } from '@cryptoutil/oauth';
import { Problem } from '../problem/problem.js';

/** The bearer token of a request. Throws 401 without one (and then no error code, RFC 6750 §3.1), 400 when it is malformed or given twice. */
export function presentedToken(request: IncomingMessage, scopes: readonly string[]): string {
  const given = request.rawHeaders.filter(
    (text, index) => index % 2 === 0 && text.toLowerCase() === 'authorization',
  ).length;
  const { authorization } = request.headers;
  if (given > 1 || (usesBearerScheme(authorization) && bearerToken(authorization) === undefined)) throw malformed();
  const token = bearerToken(authorization);
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
